"""What is exported has the certified optimum for solvers elsewhere, and its names lead back."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from exported import ExportedFile, read_lp, read_mps
from random_models import DRAWS, draw_city, draw_model

from siting.blocks import Budget, CoveredResidents
from siting.blocks.plain_model import PlainModel
from siting.coverage import compute_coverage
from siting.inputs import Instance
from siting.model import ModelSpec, save_model, say_plainly
from siting.model.rendering import render, save_names
from siting.plan.brute_force import brute_force
from towns import hand_town

CITIES = range(10)


def exported(model: PlainModel, folder: Path) -> list[ExportedFile]:
    """The model as LP and MPS, read again."""
    problem = render(model)
    save_model(problem, folder / "a.lp", "lp")
    save_model(problem, folder / "a.mps", "mps")
    return [read_lp(folder / "a.lp"), read_mps(folder / "a.mps")]


def model_of(instance: Instance, spec: ModelSpec) -> PlainModel:
    return say_plainly(instance, compute_coverage(instance), spec)


@pytest.mark.parametrize("seed", CITIES)
def test_both_files_have_the_optimum(seed: int, tmp_path: Path) -> None:
    instance = draw_city(seed)
    for blocks in ((), ("covered_share", "count"), ("complete_residents",), tuple(DRAWS)):
        model = model_of(instance, draw_model(seed, instance, *blocks))
        best = brute_force(model)
        for file in exported(model, tmp_path):
            found = file.optimum()
            assert (found is None) == (best is None)
            if found is not None and best is not None:
                goal = model.goals[0]
                value = float(goal.in_sense(best.values[0]) - goal.constant)
                assert found == pytest.approx(value, rel=1e-9, abs=1e-9)


def lines_of(path: Path) -> dict[tuple[str, str], list[str]]:
    """Section, side and ids of each name of a kind."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    found = {
        (row["kind"], row["name"]): [
            row["section"],
            row["side"],
            *(value for key, value in row.items() if key.startswith("id_") and value),
        ]
        for row in rows
    }
    assert len(found) == len(rows), "a name twice"
    return found


def named(instance: Instance) -> Instance:
    """The same city with Chinese names, some of which clash once a file holds them."""
    residents = [f"居民点 {'甲乙丙丁戊己庚辛壬癸'[i]}" for i in range(len(instance.residents))]
    sites = {s: f"点位,{'甲乙丙丁戊己'[i]}" for i, s in enumerate(instance.sites["site_id"])}
    offers = [f"方案-{'甲乙丙丁戊己庚辛壬'[i]}" for i in range(len(instance.offers))]
    travel = replace(draw_city(0, travel="line").travel)
    return replace(
        instance,
        residents=instance.residents.assign(resident_id=residents),
        sites=instance.sites.assign(site_id=instance.sites["site_id"].map(sites)),
        offers=instance.offers.assign(
            offer_id=offers, site_id=instance.offers["site_id"].map(sites)
        ),
        travel=travel,
    )


@pytest.mark.parametrize("seed", CITIES)
def test_every_name_of_a_file_leads_back(seed: int, tmp_path: Path) -> None:
    instance = named(draw_city(seed))
    model = model_of(instance, draw_model(seed, instance, "budget", "site_slots", "covered_share"))
    save_names(model, tmp_path / "a.names.csv")
    known = lines_of(tmp_path / "a.names.csv")
    sections = {rows.name: rows for rows in (*model.rows, *model.links)}
    for file in exported(model, tmp_path):
        assert {name for kind, name in known if kind == "column"} >= set(file.columns)
        assert {name for kind, name in known if kind == "row"} >= set(file.rows)
        for name in file.columns:
            section, _side, *ids = known["column", name]
            assert tuple(ids) in {tuple(map(str, key)) for key in model.families[section].position}
        for name, terms in file.rows.items():
            section, side, *ids = known["row", name]
            rows = sections[section]
            # A file cannot tell an empty id, as of offers without a mode, from none.
            keys = [tuple(part for part in map(str, key) if part) for key in rows.ids]
            number = keys.index(tuple(ids))
            assert (name in file.high) != (side == "at_least") or side == ""
            wanted = {
                (family, str(key)): value / rows.scale[number]
                for family, matrix in rows.terms.items()
                for key, value in zip(
                    model.families[family].position, matrix.toarray()[number].tolist(), strict=True
                )
                if value
            }
            assert {
                (known["column", column][0], str(key_of(model, known["column", column]))): value
                for column, value in terms.items()
                if value
            } == pytest.approx(wanted)


def key_of(model: PlainModel, line: list[str]) -> tuple[object, ...]:
    section, _side, *ids = line
    (key,) = (k for k in model.families[section].position if tuple(map(str, k)) == tuple(ids))
    return key


def test_a_row_with_two_limits_is_two_rows_of_a_file(tmp_path: Path) -> None:
    block = Budget(at_least="1000 CNY", at_most="4000 CNY")
    model = model_of(hand_town(), ModelSpec("t", (CoveredResidents(),), (block,)))
    save_names(model, tmp_path / "a.names.csv")
    known = lines_of(tmp_path / "a.names.csv")
    assert known["row", "budget_at_most"] == ["budget", "at_most"]
    assert known["row", "budget_at_least"] == ["budget", "at_least"]
    for file in exported(model, tmp_path):
        assert (file.high["budget_at_most"], file.low["budget_at_least"]) == (4000, 1000)


def test_nothing_in_a_file_is_beyond_ascii(tmp_path: Path) -> None:
    instance = named(draw_city(3))
    exported(model_of(instance, draw_model(3, instance, "budget")), tmp_path)
    for name in ("a.lp", "a.mps"):
        assert (tmp_path / name).read_bytes().isascii()
