"""Every block has all its parts; a folder that lacks one is refused when it is made known."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest
from latex2mathml.converter import convert
from toy_blocks import FEW_AT_SITES, toy_blocks, write_block

from siting.blocks import BLOCKS, CONSTRAINTS, OBJECTIVES
from siting.blocks.contract import Block, ConstraintBlock, ObjectiveBlock
from siting.blocks.registry import add_folder, block_builder, checker, remove_folder


def lacks(kind: type[Block]) -> list[str]:
    """What a block does not say of itself."""
    generic = {Block.__doc__, ObjectiveBlock.__doc__, ConstraintBlock.__doc__}
    missing = [part for part in ("block", "formula", "reads") if not getattr(kind, part)]
    missing += ["docstring"] if not kind.__doc__ or kind.__doc__ in generic else []
    missing += [
        f"description of {name}"
        for name, field in kind.model_fields.items()
        if not field.description
    ]
    if issubclass(kind, ConstraintBlock) and kind.breach == ConstraintBlock.breach:
        missing.append("breach")
    for module, name in ((block_builder(kind.block), "build"), (checker(kind.block), part(kind))):
        if not callable(getattr(module, name, None)):
            missing.append(name)
    return missing


def part(kind: type[Block]) -> str:
    return "rows" if issubclass(kind, ConstraintBlock) else "value"


@pytest.mark.parametrize("name", list(BLOCKS))
def test_a_block_has_every_part(name: str) -> None:
    assert lacks(BLOCKS[name]) == []
    assert (name in OBJECTIVES) != (name in CONSTRAINTS)
    assert BLOCKS[name].block == name


@pytest.mark.parametrize("name", list(BLOCKS))
def test_its_maths_is_mathml(name: str) -> None:
    """What a converter does not know it leaves as text with a backslash."""
    shown = convert(BLOCKS[name].formula, display="block")
    assert shown.startswith("<math")
    assert "\\" not in shown
    assert len(BLOCKS[name].formula) > 5


@pytest.mark.parametrize("name", list(BLOCKS))
def test_what_is_said_plainly_knows_nothing_of_what_is_built(name: str) -> None:
    tree = ast.parse(inspect.getsource(checker(name)))  # type: ignore[arg-type]
    imported = {
        alias
        for node in ast.walk(tree)
        for alias in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [one.name for one in node.names]
            if isinstance(node, ast.Import)
            else []
        )
    }
    barred = ("build", "writer", "variables", "arrays", "program", "solve", "scope_arrays")
    assert [one for one in imported if one.split(".")[-1] in barred or ".program" in one] == []


@pytest.mark.parametrize("name", sorted(CONSTRAINTS))
def test_what_it_says_of_a_breach_can_be_filled_in(name: str) -> None:
    fields = {"where": "w", "of": "", "id": "i", "category": "c", "activity": "3", "limit": "l"}
    assert CONSTRAINTS[name].breach.format(**fields)


def test_a_block_that_says_nothing_of_itself_is_found(tmp_path: Path) -> None:
    """The test of parts can fail: one part after the other is left out of a toy."""
    words = {
        "formula": 'formula: ClassVar[str] = r"\\sum',
        "reads": 'reads: ClassVar[str] = "At each',
        "breach": "breach: ClassVar[str] = ",
        "description of circle": ', description="the circle of the sites; else those without one"',
    }
    for missing, text in words.items():
        spec = FEW_AT_SITES["spec.py"]
        assert text in spec
        changed = spec.replace(text, "" if missing.startswith("desc") else f"# {text}")
        folder = tmp_path / missing.replace(" ", "_")
        write_block(folder, "few_at_sites", {**FEW_AT_SITES, "spec.py": changed})
        add_folder(folder)
        try:
            assert lacks(BLOCKS["few_at_sites"]) == [missing]
        finally:
            remove_folder(folder)


@pytest.mark.parametrize("missing", ["build.py", "check.py"])
def test_a_folder_without_a_file_is_refused(tmp_path: Path, missing: str) -> None:
    files = {name: text for name, text in FEW_AT_SITES.items() if name != missing}
    write_block(tmp_path, "few_at_sites", files)
    with pytest.raises(ValueError, match=f"few_at_sites lacks {missing}"):
        add_folder(tmp_path)
    assert "few_at_sites" not in BLOCKS


def test_a_folder_of_another_name_than_its_block_is_refused(tmp_path: Path) -> None:
    write_block(tmp_path, "another_name", FEW_AT_SITES)
    with pytest.raises(ValueError, match="another_name lacks one class of its name"):
        add_folder(tmp_path)


def test_a_second_block_of_one_name_is_refused(tmp_path: Path) -> None:
    renamed = {k: v.replace("few_at_sites", "budget") for k, v in FEW_AT_SITES.items()}
    write_block(tmp_path, "budget", renamed)
    known = BLOCKS["budget"]
    with pytest.raises(ValueError, match="two blocks are named budget"):
        add_folder(tmp_path)
    assert BLOCKS["budget"] is known


def test_a_folder_can_come_and_go_and_come_again(tmp_path: Path) -> None:
    for _ in range(2):
        with toy_blocks(tmp_path):
            assert {"few_at_sites", "most_offers"} <= set(BLOCKS)
        assert not {"few_at_sites", "most_offers"} & set(BLOCKS)
