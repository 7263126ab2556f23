"""The look of an official Chinese document (GB/T 9704-2012): page, fonts, sizes, page numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph

from siting.report.word import TableLook, put_table, replace_font_table, table_lines

# The fonts of the standard, each with what takes its place on machines without it.
_BODY, _HEADING, _CAPTION = "仿宋_GB2312", "黑体", "楷体_GB2312"
_TITLE, _LATIN = "方正小标宋简体", "Times New Roman"
_FALLBACKS = {_BODY: "仿宋", _HEADING: "SimHei", _CAPTION: "楷体", _TITLE: "宋体"}
# Points: sizes 3 and 2 of Chinese type; lines of the body are 28 points apart.
_SIZE, _TITLE_SIZE, _LINE, _TABLE_SIZE = 16.0, 22.0, 28.0, 10.5
_BLACK, _GREY = "#000000", "F2F2F2"
# Centimetres: a page of 156 x 225 mm of text on A4.
OFFICIAL_WIDTH = 15.6
_MARGINS = {"top_margin": 3.7, "bottom_margin": 3.5, "left_margin": 2.8, "right_margin": 2.6}


def new_official_document(title: str) -> WordDocument:
    """An empty document with the page and the styles of official documents.

    Args:
        title: What its properties call it.
    """
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    for name, length in _MARGINS.items():
        setattr(section, name, Cm(length))
    _set_style(document, "Normal", _BODY, _SIZE)
    _set_style(document, "Heading 1", _HEADING, _SIZE)
    heading = _set_style(document, "Title", _TITLE, _TITLE_SIZE)
    heading.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    heading.paragraph_format.line_spacing = Pt(36)
    heading.paragraph_format.space_after = Pt(_LINE)
    replace_font_table(document, _font_table())
    properties = document.core_properties
    properties.title, properties.author, properties.comments = title, "", ""
    properties.language = "zh-CN"
    return document


def add_heading(document: WordDocument, text: str) -> None:
    """A heading of the first level, two characters in."""
    paragraph = document.add_heading(text, 1)
    paragraph.paragraph_format.first_line_indent = Pt(2 * _SIZE)
    paragraph.paragraph_format.keep_with_next = True


def add_body(document: WordDocument, text: str) -> Paragraph:
    """A paragraph of the body, two characters in."""
    paragraph = document.add_paragraph(text)
    paragraph.paragraph_format.first_line_indent = Pt(2 * _SIZE)
    paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    return paragraph


def add_caption(document: WordDocument, text: str) -> None:
    """What stands above a table or a picture, in the middle."""
    paragraph = document.add_paragraph(text)
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.keep_with_next = True
    for run in paragraph.runs:
        run.font.size = Pt(12)
        fonts: Any = run._element.get_or_add_rPr().get_or_add_rFonts()  # noqa: SLF001
        fonts.set(qn("w:eastAsia"), _CAPTION)


def add_official_table(
    document: WordDocument,
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    widths: Sequence[float],
    texts: int = 1,
) -> None:
    """A table with a grey heading that comes again on every page; numbers stand to the right.

    Args:
        document: Where it is added.
        heads: Headings.
        rows: Texts, row by row.
        widths: Of the columns, in proportion.
        texts: How many columns hold texts.
    """
    look = TableLook(_TABLE_SIZE, _GREY, _BLACK, middle=True)
    lines = table_lines(heads, rows, texts, look)
    put_table(document, lines, widths, OFFICIAL_WIDTH, boxed=True)


def add_date(document: WordDocument, text: str) -> None:
    """The date at the end, four characters from the right."""
    paragraph = document.add_paragraph(text)
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    paragraph.paragraph_format.right_indent = Pt(4 * _SIZE)
    paragraph.paragraph_format.space_before = Pt(_LINE)


def number_official_pages(document: WordDocument) -> None:
    """The number of each page between two dashes, in the middle below the text."""
    paragraph = document.sections[0].footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    names = nsdecls("w")
    size = '<w:rPr><w:sz w:val="28"/></w:rPr>'
    field = f'<w:fldSimple {names} w:instr="PAGE"><w:r>{size}<w:t>1</w:t></w:r></w:fldSimple>'
    paragraph.add_run("— ").font.size = Pt(14)
    paragraph.paragraph_format.element.append(parse_xml(field))
    paragraph.add_run(" —").font.size = Pt(14)


def _font_table() -> str:
    """The fonts of the document with their fallbacks."""
    return "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/></w:font>'
        for name, other in _FALLBACKS.items()
    )


def _set_style(document: WordDocument, name: str, font: str, size: float) -> ParagraphStyle:
    """Font, size and lines of a style, in black; what the template sets besides is cleared."""
    style = cast("ParagraphStyle", document.styles[name])
    properties = style.element.get_or_add_rPr()
    for old in list(properties):
        properties.remove(old)
    for border in style.element.xpath(".//w:pBdr"):
        border.getparent().remove(border)
    style.font.size, style.font.color.rgb = Pt(size), RGBColor(0, 0, 0)
    style.font.bold = False
    fonts: Any = properties.get_or_add_rFonts()
    for script in ("ascii", "hAnsi", "cs"):
        fonts.set(qn(f"w:{script}"), _LATIN)
    fonts.set(qn("w:eastAsia"), font)
    form = style.paragraph_format
    form.space_before = form.space_after = Pt(0)
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(_LINE)
    return style
