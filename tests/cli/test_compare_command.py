"""The command `compare`: what it prints, writes and refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from command import call, plan_in, town

from siting.language import cells
from translatable import english_in


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The template town, planned with little money and with more."""
    folder = tmp_path_factory.mktemp("compare")
    instance = town(folder)
    for name, budget in (("poor", "20万"), ("rich", "60万")):
        words = ("solve", instance, "--budget", budget, "-o", folder / name, "--gap", "0%")
        assert call(*words).code == 0
    return folder / "poor", folder / "rich"


def compared(a: Path, b: Path) -> dict[str, Any]:
    outcome = call("compare", a, b, "--json")
    assert outcome.code == 0
    content: dict[str, Any] = json.loads(outcome.out)
    return content


# --- what is printed ----------------------------------------------------------------------------


def test_which_plan_keeps_a_wish_is_told(runs: tuple[Path, Path]) -> None:
    poor, rich = ({line["offer_id"] for line in plan_in(run)["chosen"]} for run in runs)
    offer = sorted(rich - poor)[0]
    outcome = call("compare", *runs, "--require", offer, "--json")
    (wish,) = json.loads(outcome.out)["wishes"]
    assert (wish["a"], wish["b"]) == ("no", "yes")
    assert offer in call("compare", *runs, "--require", offer).out


def test_both_plans_are_told_side_by_side(runs: tuple[Path, Path]) -> None:
    outcome = call("compare", *runs)
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert lines[:2] == ["A: poor", "B: rich"]
    one, two = (plan_in(run)["objective"] for run in runs)
    row = next(line for line in lines if line.startswith("covered (resident, category) pairs"))
    assert row.split()[-3:] == [f"{one:,.0f}", f"{two:,.0f}", f"{two - one:+,.0f}"]
    assert "the difference is larger than the gaps." in outcome.out
    assert re.search(r"^budget +A .*, B ", outcome.out, re.MULTILINE)


def test_the_keys_of_the_json_are_a_contract(runs: tuple[Path, Path]) -> None:
    content = compared(*runs)
    assert set(content) == {
        *("siting_comparison", "a", "b", "changed", "files", "standing", "offers", "kept"),
        *("sites", "additions", "people", "money", "residents"),
    }
    assert (content["siting_comparison"], content["standing"]) == (1, "b_above")
    assert (content["changed"], content["files"]) == (["budget"], [])
    for key, run in (("a", runs[0]), ("b", runs[1])):
        plan = plan_in(run)
        told = content[key]
        assert (told["objective"], told["spend"]) == (plan["objective"], plan["spend"])
        assert told["complete"] == plan["complete"]["after"]


def test_money_by_category_adds_up_to_the_difference(runs: tuple[Path, Path]) -> None:
    spends = [plan_in(run)["spend"] for run in runs]
    change = sum(line["change"] for line in compared(*runs)["money"])
    assert change == pytest.approx(spends[1] - spends[0])


def test_a_plan_beside_itself_has_nothing_to_tell(runs: tuple[Path, Path]) -> None:
    content = compared(runs[0], runs[0])
    assert content["standing"] == "same"
    for key in ("offers", "additions", "people", "money"):
        assert content[key] == []
    assert "A and B are the same plan." in call("compare", runs[0], runs[0]).out


def test_swapped_plans_are_mirrored(runs: tuple[Path, Path]) -> None:
    there, back = compared(*runs), compared(*runs[::-1])
    assert (there["a"], there["b"]) == (back["b"], back["a"])
    assert back["standing"] == "a_above"
    assert there["residents"]["gained"] == back["residents"]["lost"]
    states = {"gained": "lost", "lost": "gained"}
    assert {one["offer_id"]: one["state"] for one in there["offers"]} == {
        one["offer_id"]: states[one["state"]] for one in back["offers"]
    }


def test_json_is_the_same_in_either_language(runs: tuple[Path, Path]) -> None:
    words = ("compare", *runs, "--json")
    assert call(*words, "--lang", "zh").out == call(*words, "--lang", "en").out


def test_the_comparison_is_chinese_and_straight(runs: tuple[Path, Path]) -> None:
    outcome = call("compare", *runs, "--lang", "zh")
    assert (outcome.code, outcome.err) == (0, "")
    assert english_in(outcome.out) == []
    lines = outcome.out.splitlines()
    rule = next(number for number, line in enumerate(lines) if set(line) == {"-"})
    head = lines[rule - 1]
    assert cells(head) == cells(lines[rule])
    spent = next(line for line in lines if line.startswith("财政资金"))
    assert cells(spent) == cells(head)


# --- what is written ----------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_loads_nothing_and_says_it_all(
    runs: tuple[Path, Path], tmp_path: Path, lang: str
) -> None:
    path = tmp_path / "compared.html"
    outcome = call("compare", *runs, "-o", path, "--lang", lang)
    assert outcome.code == 0
    text = path.read_text(encoding="utf-8")
    assert outcome.out.rstrip("\n").endswith(str(path))
    assert re.findall(r"(?:src|href)=|https?://|url\(|@import", text) == []
    assert f"{plan_in(runs[1])['objective']:,.0f}" in text
    assert text.count("<details") == 5
    content = compared(*runs)
    points = re.findall(r'class="site (?:gained|lost|changed|kept)" d="([^"]+)"', text)
    legend, drawn = "M10 10h0", "".join(points)
    assert drawn.replace(legend, "").count("M") == len(content["sites"])


def test_the_map_opens_on_all_that_changes_and_no_more(
    runs: tuple[Path, Path], tmp_path: Path
) -> None:
    path = tmp_path / "compared.html"
    assert call("compare", *runs, "-o", path).code == 0
    page = path.read_text(encoding="utf-8")
    text = page.partition('<svg id="map"')[2].partition("</svg>")[0]
    left, top, width, height = map(float, re.findall(r'viewBox="([^"]+)"', text)[0].split())
    drawn = re.findall(r'class="(site|people) (?!kept)\w+" d="([^"]+)"', text)
    assert {kind for kind, path in drawn if path} == {"site", "people"}
    ends = [float(x) for _, path in drawn for x in re.findall(r"M(\S+) ", path)]
    tops = [float(y) for _, path in drawn for y in re.findall(r"M\S+ (.+?)h0", path)]
    for low, size, shown in ((left, width, ends), (top, height, tops)):
        margin = max(250.0, 0.08 * max(max(ends) - min(ends), max(tops) - min(tops)))
        assert low == pytest.approx(min(shown) - margin, abs=1)
        assert low + size == pytest.approx(max(shown) + margin, abs=1)


def test_names_of_the_data_are_texts_on_the_page(tmp_path: Path) -> None:
    instance = town(tmp_path)
    file = instance / "instance.yaml"
    text = re.sub(r"(?m)^name:.*$", "name: '<b>&amp;'", file.read_text(encoding="utf-8"))
    file.write_text(text, encoding="utf-8")
    run = tmp_path / "run"
    assert call("solve", instance, "-o", run, "--gap", "0%").code == 0
    assert call("compare", run, run, "-o", tmp_path / "page.html").code == 0
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;&amp;amp;" in page
    assert "<b>" not in page


def test_the_workbook_has_every_table(runs: tuple[Path, Path], tmp_path: Path) -> None:
    path = tmp_path / "compared.xlsx"
    assert call("compare", *runs, "-o", path).code == 0
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == [
        *("Comparison", "By category", "By place", "Residents gained and lost"),
        *("Public money by category", "Offers"),
    ]
    texts = {str(cell.value) for row in book["Comparison"].iter_rows() for cell in row}
    assert any("larger than the gaps" in text for text in texts)
    offers = [str(cell.value) for row in book["Offers"].iter_rows() for cell in row]
    for offer in compared(*runs)["offers"]:
        assert offer["offer_id"] in offers


# --- refused and warned of ----------------------------------------------------------------------


def test_another_ending_is_refused(runs: tuple[Path, Path]) -> None:
    outcome = call("compare", *runs, "-o", "compared.pdf")
    assert (outcome.code, outcome.out) == (2, "")
    assert "--out: found 'compared.pdf'; expected a file that ends with .xlsx, .html" in outcome.err


def other_town(folder: Path, change: str, values: Sequence[str] | range) -> Path:
    """A town with a column of its residents changed, planned."""
    instance = town(folder)
    residents = pd.read_csv(instance / "residents.csv")
    residents[change] = pd.Series(list(values))
    residents.to_csv(instance / "residents.csv", index=False)
    assert call("solve", instance, "-o", folder / "run", "--gap", "0%").code == 0
    return folder / "run"


def test_plans_of_other_residents_are_refused(runs: tuple[Path, Path], tmp_path: Path) -> None:
    other = other_town(tmp_path, "resident_id", [f"Q{number}" for number in range(12)])
    outcome = call("compare", runs[0], other)
    assert (outcome.code, outcome.out) == (2, "")
    assert "B: found 12 demand points of A missing and 12 that A has not" in outcome.err
    chinese = call("compare", runs[0], other, "--lang", "zh")
    assert english_in(chinese.err) == []


def test_changed_inputs_are_warned_of(runs: tuple[Path, Path], tmp_path: Path) -> None:
    other = other_town(tmp_path, "residents", range(100, 1300, 100))
    outcome = call("compare", runs[0], other)
    assert outcome.code == 0
    warning = "warning: A and B were made from different inputs (residents.csv)"
    assert outcome.err.splitlines() == [warning]
    assert "compare the people, not the objectives" in outcome.out


def test_a_folder_without_a_plan_is_refused(runs: tuple[Path, Path], tmp_path: Path) -> None:
    outcome = call("compare", runs[0], tmp_path)
    assert (outcome.code, outcome.out) == (2, "")
    assert "plan.json" in outcome.err
