"""What a model says, in words and maths."""

from __future__ import annotations

from siting.blocks.contract import Block
from siting.blocks.registry import BLOCKS
from siting.language import tr
from siting.model.model_spec import ModelSpec

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
        parts.append(tr(goal.sense) + order)
        for block, weight in goal.parts:
            factor = f"{weight:g} x " if len(goal.parts) > 1 else ""
            parts.append(_block_text(block, factor))
    parts.append(tr("subject to"))
    parts += [_block_text(block) for block in spec.subject_to]
    return "\n".join(parts)


def _block_text(block: Block, factor: str = "") -> str:
    given = ", ".join(f"{key}: {value}" for key, value in block.settings().items())
    formula = "\n".join(f"      {line}" for line in block.formula.splitlines())
    head = f"  {factor}{block.block}{f' ({given})' if given else ''}"
    return f"{head}\n    {tr(block.reads)}\n{formula}\n"


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
