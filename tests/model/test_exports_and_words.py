"""Golden LP files, exports that other solvers read, and the model in words."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ortools.linear_solver.python import model_builder

from siting.blocks import (
    BLOCKS,
    OBJECTIVES,
    AllowedCategories,
    Budget,
    Catchment,
    CategoryOncePerSite,
    CompletePlacesFloor,
    CompleteShare,
    ConstraintBlock,
    Count,
    CoveredShare,
    Earliest,
    Excludes,
    Hub,
    LockedIn,
    LockedOut,
    Requires,
    SiteArea,
    SiteSlots,
    Spacing,
)
from siting.coverage import compute_coverage
from siting.errors import InputError
from siting.inputs import Instance
from siting.language import Language, in_language
from siting.model import ModelSpec, explain, formulate, read_model, write_pulp
from siting.model.model_spec import known_models
from siting.solve import SolveSettings, solve
from towns import hand_town, spec_of

GOLDEN = Path(__file__).parents[1] / "golden" / "lp"
LP_GOALS = {"scenarios": {"of": {"dry": {}, "ice": {"ground": "ice"}}, "by": "worst"}}
LP_BLOCKS: dict[str, tuple[ConstraintBlock, ...]] = {
    "covered_residents": (),
    "scenarios": (),
    "least_walking": (),
    "earliest": (Earliest(),),
    "complete_residents": (),
    "complete_places": (),
    "worst_share": (),
    "least_money": (),
    "complete_share": (CompleteShare(at_least=0.5),),
    "site_area": (SiteArea(default=80.0),),
    "requires": (Requires(category=("canteen",), needs=("pharmacy",)),),
    "hub": (Hub(at_least=2, of=("pharmacy",)),),
    "excludes": (Excludes(offers=("P1", "P2"), category=("canteen",), not_with=("pharmacy",)),),
    "spacing": (Spacing(category=("pharmacy",), metres=5000.0),),
    "catchment": (Catchment(category=("pharmacy",), at_least=90.0),),
    "complete_places_floor": (CompletePlacesFloor(at_least=1),),
    "count": (Count(at_least=1, at_most=2, each="site"),),
    "count-of-sites": (Count(of="sites", at_most=1),),
    "covered_share": (CoveredShare(at_least=0.5, each="category"),),
    "covered_share-in-a-city-that-changes": (CoveredShare(at_least=0.5, each="category"),),
    "budget": (Budget(at_most=None),),
    "site_slots": (SiteSlots(default=None),),
    "category_once_per_site": (CategoryOncePerSite(),),
    "allowed_categories": (AllowedCategories(only=("pharmacy",)),),
    "locked_in": (LockedIn(offers=("P1",)),),
    "locked_out": (LockedOut(offers=("P1",), sites=("S2",), categories=()),),
}


def spec_for(name: str) -> ModelSpec:
    """The model that shows a block in its golden file."""
    spec = spec_of(*LP_BLOCKS[name])
    if name not in OBJECTIVES:
        return spec
    return replace(spec, maximise=(OBJECTIVES[name].model_validate(LP_GOALS.get(name, {})),))


def town_for(name: str) -> Instance:
    """The town that shows a block in its golden file."""
    if name == "covered_share-in-a-city-that-changes":
        years, town = {2026: 5000.0, 2027: 3000.0}, hand_town()
        closing = town.outlets.assign(until=2026.0)
        return replace(town, outlets=closing, years=years, growth={"all": 0.1, "elderly": -0.05})
    if name != "earliest":
        return hand_town()
    offers = hand_town().offers.assign(earliest=[np.nan, 2028.0, 2027.0, 2026.0])
    return hand_town(offers=offers, years={2026: 5000.0, 2027: 3000.0})


def lp_text(instance: Instance, spec: ModelSpec, folder: Path) -> str:
    file = folder / "model.lp"
    write_pulp(instance, compute_coverage(instance), spec).writeLP(str(file))
    return tidy(file.read_text(encoding="utf-8"))


def tidy(text: str) -> str:
    """The same text whichever PuLP wrote it: bounds and names sorted, one blank between words."""
    text = re.sub(r"\n +(?=[+<>=-])", " ", re.sub(r"(?<=\d)\.0+(?=\D)", "", text))
    parts = re.split(r"(?m)^(Maximize|Subject To|Bounds|Generals|Binaries|End)$", text)
    lines = [parts[0].strip()]
    for head, body in zip(parts[1::2], parts[2::2], strict=True):
        inside = [re.sub(r"[ \t]+", " ", line).strip() for line in body.splitlines()]
        lines += [head, *sorted(f" {line}" for line in inside if line)]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", LP_BLOCKS)
def test_golden_lp(name: str, tmp_path: Path) -> None:
    text = lp_text(town_for(name), spec_for(name), tmp_path)
    file = GOLDEN / f"{name}.lp"
    if os.environ.get("SITING_UPDATE_GOLDEN") == "1":
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [name for name in LP_BLOCKS if name != "covered_residents"])
def test_each_block_changes_the_golden_lp(name: str) -> None:
    plain = (GOLDEN / "covered_residents.lp").read_text(encoding="utf-8")
    assert (GOLDEN / f"{name}.lp").read_text(encoding="utf-8") != plain


def test_every_block_has_a_golden_lp() -> None:
    more = {"count-of-sites", "covered_share-in-a-city-that-changes"}
    assert {file.stem for file in GOLDEN.glob("*.lp")} == set(BLOCKS) | more
    assert set(LP_BLOCKS) == set(BLOCKS) | more


# --- the sense of the objective -----------------------------------------------------------------


def export(tmp_path: Path, kind: str) -> Path:
    instance = hand_town()
    problem = write_pulp(instance, compute_coverage(instance), spec_of(Budget(at_most=None)))
    file = tmp_path / f"model.{kind}"
    if kind == "lp":
        problem.writeLP(str(file))
    else:
        problem.writeMPS(str(file), with_objsense=True)
    return file


def added() -> float:
    instance = hand_town()
    program = formulate(instance, compute_coverage(instance), spec_of(Budget(at_most=None)))
    objective = solve(program, SolveSettings(relative_gap=0, isolate=False)).objective
    assert objective is not None
    return objective - program.offset


@pytest.mark.parametrize("solver", ["scip", "sat"])
def test_an_mps_export_is_maximised_by_its_readers(solver: str, tmp_path: Path) -> None:
    """PuLP drops the sense of the objective unless told otherwise; then the answer is 0."""
    model = model_builder.Model()
    assert model.import_from_mps_file(str(export(tmp_path, "mps")))
    reader = model_builder.Solver(solver)
    assert reader.solve(model) == model_builder.SolveStatus.OPTIMAL
    assert reader.objective_value == pytest.approx(added(), rel=1e-9)


def test_an_lp_export_says_maximise(tmp_path: Path) -> None:
    assert "Maximize" in export(tmp_path, "lp").read_text(encoding="utf-8").splitlines()[1]


def test_a_model_is_maximised_where_nothing_bounds_it_but_itself() -> None:
    """98 = 30 + 40 for the pharmacy and twice 6 + 8 for the canteen, by hand."""
    assert added() == 98.0


# --- words --------------------------------------------------------------------------------------


def test_the_explanation_has_each_line_of_maths() -> None:
    blocks = [block for blocks in LP_BLOCKS.values() for block in blocks]
    text = explain(spec_of(*blocks))
    text += "".join(explain(spec_for(name)) for name in OBJECTIVES)
    for name, block in BLOCKS.items():
        assert f"  {name}" in text
        assert block.reads in text
        for line in block.formula.splitlines():
            assert line in text


def test_the_explanation_names_settings_that_were_given() -> None:
    text = explain(spec_of(SiteSlots(default=2), Budget(at_most="800万")))
    assert "site_slots (where a site says nothing: 2)" in text
    assert "budget (at most: 800万)" in text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_explanation_says_settings_in_words(language: Language) -> None:
    """No key of a file, no id of the catalogue, no dictionary of Python."""
    for name in known_models():
        with in_language(language):
            heads = re.findall(r"^  \S.*$", explain(read_model(name)), flags=re.MULTILINE)
        for head in heads:
            given = (
                head.strip()
                .removesuffix("）")
                .removesuffix(")")
                .partition("：" if language == "zh" else " (")[2]
            )
            assert not re.search(r"[a-z]_[a-z]|[{}\[\]']", given), head
            assert language == "en" or not re.search(r"[a-z]{3}", given), head


def test_the_shipped_model_explains_itself() -> None:
    text = explain(read_model("annual-plan"))
    assert text.splitlines()[0] == "annual-plan"
    assert text.index("maximise") < text.index("covered_residents") < text.index("subject to")


@pytest.mark.parametrize("write", [formulate, write_pulp])
def test_a_model_that_does_not_fit_is_refused(write: object) -> None:
    instance = hand_town()
    spec = spec_of(LockedIn(offers=("gone",)))
    with pytest.raises(InputError, match="the unknown offer 'gone'"):
        write(instance, compute_coverage(instance), spec)  # type: ignore[operator]


def test_a_program_needs_neither_pulp_nor_a_solver() -> None:
    """PuLP 4 imports OR-Tools, so a solver's own process must do without both."""
    code = (
        "import sys; from siting.program import Program; "
        "sys.exit(bool({'ortools', 'pulp', 'pandas', 'geopandas'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603
