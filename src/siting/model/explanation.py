"""What a model says, in words and maths."""

from __future__ import annotations

from siting.inputs import ModelSpec
from siting.model.blocks import BUILDERS


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
