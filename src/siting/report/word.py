"""Parts of a Word document: its look, tables and page numbers, and the font that it carries."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any, cast

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph

from siting.language import language, tr
from siting.report.charts import ACCENT, INK, LINE, MUTED
from siting.report.fonts import FAMILY, subset_ttf

# Points: of the body, of tables and notes, and of headings by their style.
BODY, SMALL = 10.5, 8.5
_HEADINGS = {"Title": 18.0, "Heading 1": 13.0}
_SOFT = "EEF3F7"
_MARGIN, _PAGE = 2.2, (21.0, 29.7)
TEXT_WIDTH = _PAGE[0] - 2 * _MARGIN
_FONT_TYPE = "application/vnd.openxmlformats-officedocument.obfuscatedFont"
_FONT_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/font"
# A font part is XORed with its key over its first bytes (ECMA-376 part 4, embedded fonts).
_HIDDEN_BYTES, _KEY_BYTES = 32, 16
_NAMES = nsdecls("w")
_TWIPS = 567  # in a centimetre
_CELL_MARGIN = 70  # twips
_RULED = (("top", 8, MUTED), ("bottom", 8, MUTED), ("insideH", 4, LINE))
_BOXED = tuple(
    (side, 4, "#000000") for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)


def new_document(title: str) -> WordDocument:
    """An empty A4 document with the look of a report.

    Args:
        title: What its properties call it.
    """
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = (Cm(length) for length in _PAGE)
    section.left_margin = section.right_margin = Cm(_MARGIN)
    section.top_margin, section.bottom_margin = Cm(1.8), Cm(1.5)
    body = _set_style(document, "Normal", BODY, INK)
    body.paragraph_format.space_after, body.paragraph_format.line_spacing = Pt(3), 1.15
    for name, size in _HEADINGS.items():
        style = _set_style(document, name, size, INK if name == "Title" else ACCENT)
        style.paragraph_format.space_before = Pt(0 if name == "Title" else 8)
        style.paragraph_format.space_after = Pt(3)
        style.paragraph_format.keep_with_next = True
    document.core_properties.title = title
    document.core_properties.author = "siting"
    document.core_properties.comments = ""
    document.core_properties.language = "zh-CN" if language() == "zh" else "en"
    return document


def add_text(document: WordDocument, text: str, *, indent: bool = True) -> Paragraph:
    """A paragraph; what stands between `**` is bold. In Chinese its first line is indented."""
    paragraph = document.add_paragraph()
    for number, piece in enumerate(text.split("**")):
        run = paragraph.add_run(piece)
        run.bold = True if number % 2 else None
    if language() == "zh":
        paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
        paragraph.paragraph_format.first_line_indent = Pt(2 * BODY) if indent else None
    return paragraph


def add_note(document: WordDocument, heading: str, text: str) -> None:
    """A shaded box with what must be read first."""
    both = f"{heading}{tr(': ')}{text}"
    put_table(document, [table_row([table_cell([table_text(both, SMALL)], _SOFT)])], [1.0])


def add_table(
    document: WordDocument,
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    widths: Sequence[float],
    texts: int = 1,
) -> None:
    """A table whose heading comes again on every page.

    Args:
        document: Where it is added.
        heads: Headings.
        rows: Texts, row by row.
        widths: Of the columns, in proportion.
        texts: How many columns hold texts; the others hold numbers and stand to the right.
    """
    lines = table_lines(heads, rows, texts, TableLook(SMALL, _SOFT))
    put_table(document, lines, widths)


def add_grid(document: WordDocument, boxes: Sequence[tuple[str, str, str]], columns: int) -> None:
    """Boxes with a label, a figure and a note each, so many beside each other."""
    cells = [
        table_cell(
            [
                table_text(label, SMALL, bold=True),
                table_text(figure, 15, colour=ACCENT),
                table_text(note, 8, colour=MUTED),
            ]
        )
        for label, figure, note in boxes
    ]
    rows = [table_row(cells[at : at + columns]) for at in range(0, len(cells), columns)]
    put_table(document, rows, [1.0] * columns)


def add_picture(document: WordDocument, picture: bytes, caption: str, description: str) -> None:
    """A picture as wide as the text, with its caption above.

    Args:
        document: Where it is added.
        picture: PNG.
        caption: What stands above it.
        description: What it shows, for those who cannot see it.
    """
    heading = document.add_paragraph()
    heading.add_run(caption).bold = True
    heading.paragraph_format.keep_with_next = True
    heading.paragraph_format.space_after = Pt(2)
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.line_spacing = 1.0
    run = paragraph.add_run()
    run.add_picture(BytesIO(picture), width=Cm(TEXT_WIDTH))
    for inline in run.element.xpath(".//wp:inline"):
        # Where it is not said, some programs keep a distance, and the picture leaves the column.
        for side in "TBLR":
            inline.set(f"dist{side}", "0")
    for properties in run.element.xpath(".//wp:docPr"):
        properties.set("descr", description)
        properties.set("title", caption)


def number_pages(document: WordDocument, text: str) -> None:
    """A footer with a text, and the page of all pages."""
    paragraph = document.sections[0].footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.add_run(f"{text}    ")
    for field, behind in (("PAGE", " / "), ("NUMPAGES", "")):
        run = f'<w:r><w:rPr><w:sz w:val="{2 * SMALL:.0f}"/></w:rPr><w:t>1</w:t></w:r>'
        element = f'<w:fldSimple {_NAMES} w:instr="{field}">{run}</w:fldSimple>'
        paragraph.paragraph_format.element.append(parse_xml(element))
        paragraph.add_run(behind)
    for run in paragraph.runs:
        run.font.size = Pt(SMALL)


def save_with_font(document: WordDocument, path: Path) -> Path:
    """Writes the document with the font of its characters inside, for machines without it."""
    texts = [document.element, document.sections[0].footer.part.element]
    characters = {sign for part in texts for sign in "".join(part.itertext())}
    font = subset_ttf("".join(sorted(characters)))
    key = uuid.UUID(bytes=hashlib.sha256(font).digest()[:_KEY_BYTES])
    package = document.part.package
    part = Part(PackURI("/word/fonts/font1.odttf"), _FONT_TYPE, hidden(font, key), package)
    replace_font_table(document, _font_entry(key)).relate_to(part, _FONT_RELATION)
    # These come right behind `zoom`, which stands first.
    for place, name in enumerate(("w:embedTrueTypeFonts", "w:saveSubsetFonts"), start=1):
        document.settings.element.insert(place, OxmlElement(name))
    document.save(str(path))
    return path


def hidden(font: bytes, key: uuid.UUID) -> bytes:
    """A font as documents hold it, or such a one made plain again: the same step does both."""
    turned = key.bytes[::-1]
    first = bytes(byte ^ turned[at % _KEY_BYTES] for at, byte in enumerate(font[:_HIDDEN_BYTES]))
    return first + font[_HIDDEN_BYTES:]


def _font_entry(key: uuid.UUID) -> str:
    """The one font that the document uses, with its part and the key to it."""
    return (
        f'<w:font w:name="{FAMILY}"><w:altName w:val="Microsoft YaHei"/><w:charset w:val="86"/>'
        f'<w:family w:val="swiss"/><w:pitch w:val="variable"/>'
        f'<w:embedRegular r:id="rId1" w:fontKey="{{{str(key).upper()}}}"/></w:font>'
    )


def replace_font_table(document: WordDocument, entries: str) -> Part:
    """Gives the document a table of these fonts instead of that of its template."""
    names = nsdecls("w", "r")
    text = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:fonts {names}>{entries}'
        "</w:fonts>"
    )
    place = PackURI("/word/fontTable.xml")
    package = document.part.package
    table = Part(place, CONTENT_TYPE.WML_FONT_TABLE, text.encode(), package)
    relations = document.part.rels
    old = [name for name, one in relations.items() if one.reltype == RELATIONSHIP_TYPE.FONT_TABLE]
    for name in old:
        document.part.drop_rel(name)
    document.part.relate_to(table, RELATIONSHIP_TYPE.FONT_TABLE)
    return table


def _set_style(document: WordDocument, name: str, size: float, colour: str) -> ParagraphStyle:
    """Sets font, size and colour of a style, and clears what the template sets besides."""
    style = cast("ParagraphStyle", document.styles[name])
    properties = style.element.get_or_add_rPr()
    for old in list(properties):
        properties.remove(old)
    for border in style.element.xpath(".//w:pBdr"):
        border.getparent().remove(border)
    style.font.size, style.font.color.rgb = Pt(size), RGBColor.from_string(colour[1:].upper())
    style.font.bold = name != "Normal"
    _font_of(properties.get_or_add_rFonts())
    return style


def _font_of(fonts: Any) -> None:  # noqa: ANN401 - an element of lxml, which has no types
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), FAMILY)


def put_table(
    document: WordDocument,
    rows: Sequence[str],
    widths: Sequence[float],
    across: float = TEXT_WIDTH,
    *,
    boxed: bool = False,
) -> None:
    """A table of rows in XML, as wide as the text, and a little room below it.

    Args:
        document: Where it is added.
        rows: What `table_row` gives.
        widths: Of the columns, in proportion.
        across: Width of the text, in centimetres.
        boxed: Whether all cells have black lines around them, and not only thin ones between rows.
    """
    columns = [round(_TWIPS * across * width / sum(widths)) for width in widths]
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in columns)
    lines = "".join(
        f'<w:{side} w:val="single" w:sz="{size}" w:space="0" w:color="{colour[1:]}"/>'
        for side, size, colour in (_BOXED if boxed else _RULED)
    )
    margins = "".join(f'<w:{s} w:w="{_CELL_MARGIN}" w:type="dxa"/>' for s in ("left", "right"))
    properties = (
        f'<w:tblW w:w="{sum(columns)}" w:type="dxa"/><w:tblInd w:w="{_CELL_MARGIN}" w:type="dxa"/>'
        f"<w:tblBorders>{lines}</w:tblBorders>"
        f'<w:tblLayout w:type="fixed"/><w:tblCellMar>{margins}</w:tblCellMar>'
    )
    table = (
        f"<w:tbl {_NAMES}><w:tblPr>{properties}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>"
        f"{''.join(rows)}</w:tbl>"
    )
    document.element.body.insert_element_before(parse_xml(table), "w:sectPr")
    below = document.add_paragraph().paragraph_format
    below.space_after, below.line_spacing = Pt(2), Pt(5)


@dataclass(frozen=True)
class TableLook:
    """How a table looks: size in points, fill of its heading, colour of its texts.

    Headings stand as their columns do, or all in the `middle`.
    """

    size: float
    fill: str
    colour: str = INK
    middle: bool = False


def table_lines(
    heads: Sequence[str], rows: Sequence[Sequence[str]], texts: int, look: TableLook
) -> list[str]:
    """A heading and rows in XML; the first columns, so many, hold texts, the others numbers."""
    sides = ["left" if number < texts else "right" for number in range(len(heads))]
    above = ["center"] * len(heads) if look.middle else sides

    def cell(text: str, side: str, *, bold: bool = False) -> str:
        return table_cell(
            [table_text(text, look.size, side, look.colour, bold=bold)], look.fill if bold else ""
        )

    first = [cell(text, side, bold=True) for text, side in zip(heads, above, strict=True)]
    others = [[cell(*both) for both in zip(row, sides, strict=True)] for row in rows]
    return [table_row(first, head=True), *map(table_row, others)]


def table_row(cells: Sequence[str], *, head: bool = False) -> str:
    """A row of a table in XML, which stays on one page."""
    again = "<w:tblHeader/>" if head else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{again}</w:trPr>{''.join(cells)}</w:tr>"


def table_cell(paragraphs: Sequence[str], fill: str = "") -> str:
    """A cell in XML, on a ground of this colour."""
    shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{fill}"/>' if fill else ""
    properties = f'<w:tcPr>{shade}<w:vAlign w:val="top"/></w:tcPr>'
    return f"<w:tc>{properties}{''.join(paragraphs)}</w:tc>"


def table_text(
    text: str, size: float, side: str = "left", colour: str = INK, *, bold: bool = False
) -> str:
    """A paragraph of a cell in XML: its size in points, `left`, `center` or `right`, its colour."""
    spacing = '<w:spacing w:before="14" w:after="14" w:line="240" w:lineRule="auto"/>'
    look = (
        f'{"<w:b/>" if bold else ""}<w:color w:val="{colour[1:]}"/><w:sz w:val="{2 * size:.0f}"/>'
    )
    return (
        f'<w:p><w:pPr>{spacing}<w:jc w:val="{side}"/></w:pPr><w:r><w:rPr>{look}</w:rPr>'
        f'<w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'
    )
