"""The shape of the code: who imports whom, what each block consists of, how large things may be."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from importlinter import api, cli

import siting
from siting.blocks import BLOCKS, CONSTRAINTS, OBJECTIVES
from siting.blocks.registry import block_builder, checker

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "siting"
GOLDEN = ROOT / "tests" / "golden"
MODULES = sorted(SOURCE.rglob("*.py"))
OUTSIDE_THE_COMMAND_LINE = [path for path in MODULES if not path.is_relative_to(SOURCE / "cli")]
MOST_STATEMENT_LINES = 50
MOST_MODULE_LINES = 450
MOST_PARAMETERS = 6
# Where each block's wrong use is shown, word for word.
WRONG_USES = {
    "covered_residents": "model-misplaced-block",
    "scenarios": "model-scenarios-alike",
    "least_walking": "model-walking-without-steps",
    "earliest": "model-earliest-without-years",
    "complete_residents": "model-unknown-tier",
    "complete_places": "model-places-of-unknown-kind",
    "least_money": "model-least-of-what-money",
    "complete_share": "model-complete-share-above-all",
    "site_area": "model-negative-area",
    "requires": "model-requires-nothing-known",
    "hub": "model-hub-of-a-short-list",
    "excludes": "model-excludes-nothing",
    "spacing": "model-spacing-without-metres",
    "catchment": "model-catchment-of-nobody",
    "worst_share": "model-worst-of-complete-categories",
    "complete_places_floor": "model-places-of-no-kind",
    "count": "model-count-no-limit",
    "covered_share": "model-share-of-unknown-people",
    "budget": "model-no-budget",
    "site_slots": "model-blank-slots",
    "category_once_per_site": "model-settings-of-once",
    "allowed_categories": "model-unknown-category",
    "locked_in": "model-unknown-offer",
    "locked_out": "model-unknown-site",
}


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(parsed(path)))


def name_of(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in nodes(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


# --- imports ------------------------------------------------------------------------------------


def test_imports_run_one_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every contract of pyproject.toml, as `lint-imports` checks them."""
    monkeypatch.chdir(ROOT)
    monkeypatch.syspath_prepend(str(ROOT / "src"))
    assert len(api.read_configuration("pyproject.toml")["contracts_options"]) >= 6
    assert cli.lint_imports("pyproject.toml", no_cache=True, no_logo=True) == 0


def test_every_stage_has_a_place_in_the_order() -> None:
    stages = {path.name for path in SOURCE.iterdir() if (path / "__init__.py").is_file()}
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    layers = text.partition("layers = [")[2].partition("]")[0]
    assert {stage for stage in stages if f"siting.{stage}" not in layers} == set()


@pytest.mark.parametrize(
    ("package", "homes"),
    [
        ("ortools", {"solve/"}),
        ("pulp", {"model/", "solve/pulp_bridge.py"}),
        (
            "geopandas",
            {"inputs/", "prepare/", "report/", "generate/", "coverage/", "plan/", "sweep/"},
        ),
        ("highspy", set()),
    ],
)
def test_a_package_is_imported_at_home_alone(package: str, homes: set[str]) -> None:
    for path in MODULES:
        for node in nodes(path):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            if any(name.split(".")[0] == package for name in names):
                assert name_of(path).startswith(tuple(homes)), f"{name_of(path)} imports {package}"


# --- blocks -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BLOCKS)
class TestEveryBlock:
    def test_has_a_schema_with_every_field_described(self, name: str) -> None:
        block = BLOCKS[name]
        assert inspect.getdoc(block)
        for field, info in block.model_fields.items():
            assert info.description, f"{name}.{field}"

    def test_has_its_line_of_maths_in_words(self, name: str) -> None:
        block = BLOCKS[name]
        assert any(sign in block.formula for sign in ("x_", "y_", "z_"))
        assert block.formula.count("{") == block.formula.count("}")
        assert block.reads.endswith(".")

    def test_is_written_for_solvers_and_said_plainly(self, name: str) -> None:
        assert callable(block_builder(name).build)
        said = "value" if name in OBJECTIVES else "rows"
        assert inspect.getdoc(getattr(checker(name), said))

    def test_has_a_golden_lp(self, name: str) -> None:
        text = (GOLDEN / "lp" / f"{name}.lp").read_text(encoding="utf-8")
        assert text.startswith("\\* siting *\\\nMaximize\n")

    def test_has_a_golden_message_for_wrong_use(self, name: str) -> None:
        text = (GOLDEN / "messages" / f"{WRONG_USES[name]}.txt").read_text(encoding="utf-8")
        assert name in text


def test_no_part_belongs_to_a_block_that_is_gone() -> None:
    folders = {path.parent.name for path in (SOURCE / "blocks").glob("*/spec.py")}
    assert folders == set(BLOCKS) == set(WRONG_USES) == set(OBJECTIVES) | set(CONSTRAINTS)
    # A block may be shown in further ways, named behind its own name.
    shown = {file.stem.partition("-")[0] for file in (GOLDEN / "lp").glob("*.lp")}
    assert shown == set(BLOCKS)
    assert not set(OBJECTIVES) & set(CONSTRAINTS)


# --- style --------------------------------------------------------------------------------------


def test_only_the_command_line_prints() -> None:
    printing = [
        f"{name_of(path)}:{node.lineno}"
        for path in OUTSIDE_THE_COMMAND_LINE
        for node in nodes(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if node.func.id in ("print", "input")
    ]
    assert printing == []


def test_modules_stay_small() -> None:
    lengths = {
        name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES
    }
    assert {name: lines for name, lines in lengths.items() if lines > MOST_MODULE_LINES} == {}


def test_functions_stay_small() -> None:
    lengths = {
        f"{name_of(path)}:{function.name}": statement_lines(function)
        for path in MODULES
        for function in functions(path)
    }
    assert {name: lines for name, lines in lengths.items() if lines > MOST_STATEMENT_LINES} == {}


def test_functions_take_few_parameters() -> None:
    """Commands are left out: there a parameter is an option that a person types."""
    counts = {
        f"{name_of(path)}:{function.name}": parameters(function)
        for path in OUTSIDE_THE_COMMAND_LINE
        for function in functions(path)
    }
    assert {name: count for name, count in counts.items() if count > MOST_PARAMETERS} == {}


def test_the_median_function_is_short() -> None:
    lengths = sorted(statement_lines(function) for path in MODULES for function in functions(path))
    assert lengths[len(lengths) // 2] <= 10


def statement_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function's statements; its docstring is none."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """How many things a caller gives."""
    given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return len([one for one in given if one.arg not in ("self", "cls")])


def test_every_public_name_says_what_it_is() -> None:
    unsaid = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in MODULES
        for node in public(parsed(path).body)
        if not ast.get_docstring(node)
    ]
    unsaid += [name_of(path) for path in MODULES if is_unsaid(parsed(path))]
    assert unsaid == []


def is_unsaid(module: ast.Module) -> bool:
    return bool(module.body) and not ast.get_docstring(module)


Named = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def public(body: list[ast.stmt]) -> Iterator[Named]:
    """Public classes and functions, and the public methods of public classes."""
    for node in body:
        if isinstance(node, Named) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body)


def test_every_exported_name_exists() -> None:
    for info in pkgutil.walk_packages(siting.__path__, "siting."):
        if importlib.util.find_spec(info.name) is None:
            continue
        module = importlib.import_module(info.name)
        for name in getattr(module, "__all__", ()):
            assert getattr(module, name) is not None, f"{info.name}.{name}"
