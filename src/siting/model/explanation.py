"""What a model says, in words and maths."""

from __future__ import annotations

from siting.blocks.contract import Block
from siting.blocks.registry import BLOCKS
from siting.language import language, phrase, tr
from siting.model.model_spec import ModelSpec
from siting.model.setting_words import setting_words

_SENSES = {"maximise": phrase("maximise"), "minimise": phrase("minimise")}
# What blocks are called where their names, which model files are written in, are no words.
TITLES = {
    "allowed_categories": phrase("categories that sites allow"),
    "budget": phrase("limit of money"),
    "catchment": phrase("customers of an outlet"),
    "category_once_per_site": phrase("a category once at a site"),
    "complete_places": phrase("complete places"),
    "complete_places_floor": phrase("least number of complete places"),
    "complete_residents": phrase("residents with every required category"),
    "complete_share": phrase("least share of such residents"),
    "count": phrase("number of additions"),
    "covered_residents": phrase("covered (resident, category) pairs"),
    "covered_share": phrase("least share of covered residents"),
    "earliest": phrase("earliest year"),
    "excludes": phrase("offers that exclude each other"),
    "hub": phrase("several categories at one site"),
    "least_money": phrase("money spent"),
    "least_walking": phrase("person-minutes of walking"),
    "locked_in": phrase("offers that must be chosen"),
    "locked_out": phrase("offers that must not be chosen"),
    "requires": phrase("offers that need another"),
    "scenarios": phrase("covered pairs in several scenarios"),
    "site_area": phrase("floor area of sites"),
    "site_slots": phrase("slots of sites"),
    "spacing": phrase("distance between outlets"),
    "worst_share": phrase("smallest share"),
}

_PAGE_HEAD = r"""# Formulation

Written from the blocks themselves; a test keeps it so. $I$ demand points, $K$ categories, $J$
sites, $O$ offers; $w_{ik}$ people of category $k$'s group at point $i$, $v_k$ its priority;
$e_{ik} = 1$ where an existing outlet covers the pair, $a_{iok} = 1$ where offer $o$ would; $c_o$
public money, $K_o$ the categories that $o$ adds; $x_o \in \{0, 1\}$ whether it is chosen."""


def explain(spec: ModelSpec) -> str:
    """Writes out a model spec: each block's meaning, settings and line of maths (LaTeX)."""
    parts = [f"{spec.name}", ""]
    for number, goal in enumerate(spec.goals, start=1):
        order = f" {number}" if len(spec.goals) > 1 else ""
        parts.append(tr(_SENSES[goal.sense]) + order)
        for block, weight in goal.parts:
            factor = f"{weight:g} x " if len(goal.parts) > 1 else ""
            parts.append(_block_text(block, factor))
    parts.append(tr("subject to"))
    parts += [_block_text(block) for block in spec.subject_to]
    return "\n".join(parts)


def _block_text(block: Block, factor: str = "") -> str:
    formula = "\n".join(f"      {line}" for line in block.formula.splitlines())
    head = f"  {factor}{_head(block.block, setting_words(block))}"
    return f"{head}\n    {tr(block.reads)}\n{formula}\n"


def _head(name: str, given: str) -> str:
    """A block's name with its settings; in Chinese behind what it is called."""
    if language() == "zh" and name in TITLES:
        inside = f"{name}：{given}" if given else name
        return f"{tr(TITLES[name])}（{inside}）"
    return f"{name} ({given})" if given else name


def formulation_page() -> str:
    """Every block with its meaning, settings and maths, as the Markdown of docs/formulation.md."""
    parts = [_PAGE_HEAD]
    for name, kind in BLOCKS.items():
        fields = kind.model_fields.items()
        settings = "\n".join(f"- `{field}`: {info.description}" for field, info in fields)
        formula = f"$$\n{kind.formula}\n$$"
        source = f"Source: {kind.source}." if kind.source else ""
        parts += [f"## {name}", kind.reads, formula, *filter(None, (settings, source))]
    return "\n\n".join(parts) + "\n"
