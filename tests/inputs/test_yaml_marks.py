"""YAML values, lines and traps."""

from __future__ import annotations

import pytest

from siting.inputs.yaml_marks import read_marked


def test_values_and_lines() -> None:
    marked, problems = read_marked("a: 1\nb:\n  c: [x, 2.5]\n  d: {e: null}\n", "f.yaml")
    assert not problems
    assert marked.value == {"a": 1, "b": {"c": ["x", 2.5], "d": {"e": None}}}
    assert marked.where(("b", "c", 1)) == "f.yaml:3 b.c.1"
    assert marked.where(("b", "d", "e")) == "f.yaml:4 b.d.e"


def test_a_path_that_is_not_there_has_the_line_of_its_parent() -> None:
    marked, _ = read_marked("a:\n  b: 1\n", "f.yaml")
    assert marked.where(("a", "missing")) == "f.yaml:1 a.missing"
    assert marked.where(("missing",)) == "f.yaml missing"


def test_an_empty_file_has_no_keys() -> None:
    marked, problems = read_marked("# nothing\n", "f.yaml")
    assert marked.value == {}
    assert not problems


@pytest.mark.parametrize(
    ("scalar", "read_as"),
    [
        ("no", "false"),
        ("Yes", "true"),
        ("off", "false"),
        ("12:30", "the number 750"),
        ("010", "the number 8"),
        ("1:20.5", "the number 80.5"),
    ],
)
def test_traps_are_named_and_the_text_is_kept(scalar: str, read_as: str) -> None:
    marked, (problem,) = read_marked(f"key: {scalar}\n", "f.yaml")
    assert marked.value == {"key": scalar}
    assert problem.code == "yaml-trap"
    assert problem.where == "f.yaml:1 key"
    assert problem.found == f"'{scalar}' without quotes, which YAML reads as {read_as}"


@pytest.mark.parametrize("scalar", ['"no"', "'12:30'", "true", "0", "0.5", "2026-01-31", "-7"])
def test_what_is_no_trap(scalar: str) -> None:
    assert not read_marked(f"key: {scalar}\n", "f.yaml")[1]


def test_dates_stay_text() -> None:
    assert read_marked("key: 2026-01-31\n", "f.yaml")[0].value == {"key": "2026-01-31"}


def test_duplicate_keys_name_both_lines_at_any_depth() -> None:
    _, (problem,) = read_marked("a:\n  b: 1\n  c: 2\n  b: 3\n", "f.yaml")
    assert problem.code == "duplicate-key"
    assert problem.where == "f.yaml:4 a.b"
    assert problem.found == "the key 'b' a second time, first in line 2"
    assert problem.mend == "Delete line 2 or line 4."


def test_aliases_are_refused_even_recursive_ones() -> None:
    for text in ("a: &x [1]\nb: *x\n", "a: &x [*x]\n"):
        _, (problem,) = read_marked(text, "f.yaml")
        assert problem.code == "yaml-alias"
        assert "line 1" in problem.found


@pytest.mark.parametrize("text", ["a: [1\n", "a: b: c\n", "\ta: 1\n", "a: 1\n---\nb: 2\n"])
def test_what_is_no_yaml(text: str) -> None:
    marked, (problem,) = read_marked(text, "f.yaml")
    assert problem.code == "yaml-syntax"
    assert problem.where.startswith("f.yaml:")
    assert marked.value == {}
