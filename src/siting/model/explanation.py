"""What a model says, in words and maths."""

from __future__ import annotations

from siting.inputs import BLOCKS, ModelSpec
from siting.model.blocks import BUILDERS

_PAGE_HEAD = r"""# Formulation

Written from the blocks themselves; a test keeps it so. $I$ demand points, $K$ categories, $J$
sites, $O$ offers; $w_{ik}$ people of category $k$'s group at point $i$, $v_k$ its priority;
$e_{ik} = 1$ where an existing outlet covers the pair, $a_{iok} = 1$ where offer $o$ would; $c_o$
public money, $K_o$ the categories that $o$ adds; $x_o \in \{0, 1\}$ whether it is chosen."""


def explain(spec: ModelSpec) -> str:
    """Writes out a model spec: each block's meaning, settings and line of maths (LaTeX)."""
    parts = [f"{spec.name}", "", "maximise"]
    parts += [_block_text(block.block, block.settings()) for block in spec.maximise]
    parts += ["subject to"]
    parts += [_block_text(block.block, block.settings()) for block in spec.subject_to]
    return "\n".join(parts)


def _block_text(name: str, settings: dict[str, object]) -> str:
    builder = BUILDERS[name]
    given = ", ".join(f"{key}: {value}" for key, value in settings.items())
    formula = "\n".join(f"      {line}" for line in builder.formula.splitlines())
    return f"  {name}{f' ({given})' if given else ''}\n    {builder.reads}\n{formula}\n"


def formulation_page() -> str:
    """Every block with its meaning, settings and maths, as the Markdown of docs/formulation.md."""
    parts = [_PAGE_HEAD]
    for name, kind in BLOCKS.items():
        builder = BUILDERS[name]
        fields = kind.model_fields.items()
        settings = "\n".join(f"- `{field}`: {info.description}" for field, info in fields)
        formula = f"$$\n{builder.formula}\n$$"
        parts += [f"## {name}", builder.reads, formula, *([settings] if settings else [])]
    return "\n\n".join(parts) + "\n"
