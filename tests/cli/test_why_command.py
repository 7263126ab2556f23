"""The command `why`: what it says of an offer, a site and a plan, and what it refuses."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from command import Outcome, call, edit_plan, plan_in, town

from siting.language import cells
from translatable import english_in


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template town, planned with little money."""
    folder = tmp_path_factory.mktemp("why")
    words = ("solve", town(folder), "--budget", "30万", "-o", folder / "run", "--gap", "0%")
    assert call(*words).code in (0, 3)
    return folder / "run"


def asked(run: Path, *words: object) -> dict[str, Any]:
    outcome = call("why", run, *words, "--json")
    assert (outcome.code, outcome.err) == (0, "")
    content: dict[str, Any] = json.loads(outcome.out)
    return content


def chosen_in(run: Path) -> str:
    return str(plan_in(run)["chosen"][0]["offer_id"])


def rejected_in(run: Path) -> str:
    chosen = {line["offer_id"] for line in plan_in(run)["chosen"]}
    sites = {str(line["site_id"]) for line in plan_in(run)["chosen"]}
    offers = [
        one for site in sorted(sites) for one in asked(run, "--site", site, "--quick")["offers"]
    ]
    return next(str(one["offer_id"]) for one in offers if one["offer_id"] not in chosen)


# --- what is said -------------------------------------------------------------------------------


def test_a_wish_is_kept_or_costs_something(run: Path) -> None:
    chosen, rejected = plan_in(run)["chosen"][0]["offer_id"], rejected_in(run)
    kept = asked(run, "--require", chosen)
    assert (kept["broken"], "with" in kept) == ([[]], False)
    missed = asked(run, "--require", chosen, "--require", rejected)
    assert [len(why) for why in missed["broken"]] == [0, 1]
    assert missed["with"] <= missed["bound"]
    assert missed["with"] <= missed["objective"]
    outcome = call("why", run, "--require", rejected)
    assert "the plan does not keep it" in outcome.out
    assert "no plan with it is better than" in outcome.out


def test_a_wish_beside_an_offer_is_refused(run: Path) -> None:
    outcome = call("why", run, "--offer", chosen_in(run), "--without", "pharmacy")
    assert outcome.code == 2
    assert "one of the two" in outcome.err


def test_a_plan_is_listed_worst_value_first(run: Path) -> None:
    content = asked(run)
    assert (content["siting_why"], "offers" in content) == (1, False)
    lines = content["chosen"]
    assert {line["offer_id"] for line in lines} == {c["offer_id"] for c in plan_in(run)["chosen"]}
    values = [line["per_money"] for line in lines]
    assert values == sorted(values)
    assert set(lines[0]) == {
        *("offer_id", "site_id", "categories", "cost", "newly_covered", "only_here"),
        *("marginal", "per_person", "per_money"),
    }


def test_an_offer_is_told_with_what_its_figures_rest_on(run: Path) -> None:
    outcome = call("why", run, "--offer", chosen_in(run))
    assert (outcome.code, outcome.err) == (0, "")
    for text in ("in the plan: without it", "exact, recomputed from the inputs", "near it"):
        assert text in outcome.out
    assert "solved again" in outcome.out or "no plan without it reaches more" in outcome.out


def test_the_keys_of_an_answer_are_a_contract(run: Path) -> None:
    answer = asked(run, "--offer", chosen_in(run))["offers"][0]
    assert set(answer) == {
        *("offer_id", "site_id", "categories", "cost", "chosen", "verdict", "marginal", "breaks"),
        *("loss", "solved", "money_left", "reach", "other_plans"),
    }
    assert set(answer["loss"]) == {"least", "most", "least_by", "most_by"}
    assert answer["loss"]["least"] <= answer["loss"]["most"]
    assert set(answer["other_plans"][0]) == {
        *("removed", "added", "objective", "change", "spend", "searched"),
    }
    assert set(answer["reach"][0]) == {
        *("category", "place", "people", "served", "shared", "only", "median_minutes"),
    }


def test_a_rejected_offer_says_what_it_would_break(run: Path) -> None:
    answer = asked(run, "--offer", rejected_in(run), "--quick")["offers"][0]
    assert answer["chosen"] is False
    assert answer["solved"] is None
    if answer["verdict"] in ("crowded", "barred"):
        assert answer["breaks"]
    assert "not in the plan" in call("why", run, "--offer", rejected_in(run), "--quick").out


def test_a_site_answers_for_all_its_offers(run: Path) -> None:
    site = plan_in(run)["chosen"][0]["site_id"]
    answers = asked(run, "--site", site, "--quick")["offers"]
    assert len(answers) > 1
    assert {one["site_id"] for one in answers} == {site}
    text = call("why", run, "--site", site, "--quick").out
    assert text.count("=" * 78) == len(answers) - 1


def test_the_people_of_a_chosen_offer_are_those_of_the_plan(run: Path) -> None:
    line = plan_in(run)["chosen"][0]
    reach = asked(run, "--offer", line["offer_id"], "--quick")["offers"][0]["reach"]
    assert sum(one["only"] for one in reach) == line["only_here"]
    assert sum(one["only"] + one["shared"] for one in reach) == line["newly_covered"]


# --- in Chinese ---------------------------------------------------------------------------------


def test_every_answer_is_chinese(run: Path) -> None:
    site = plan_in(run)["chosen"][0]["site_id"]
    for words in ((), ("--site", site), ("--offer", rejected_in(run), "--quick")):
        outcome = call("why", run, *words, "--lang", "zh")
        assert (outcome.code, outcome.err) == (0, "")
        assert english_in(outcome.out.replace("Example", "")) == []
    assert outcome.out.splitlines()[0].startswith("备选项目")


def test_json_is_the_same_in_either_language(run: Path) -> None:
    words = ("why", run, "--offer", chosen_in(run), "--quick", "--json")
    assert call(*words, "--lang", "zh").out == call(*words, "--lang", "en").out


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_columns_stand_below_each_other(run: Path, lang: str) -> None:
    lines = call("why", run, "--lang", lang).out.splitlines()
    rule = next(number for number, line in enumerate(lines) if set(line) == {"-"})
    table = [lines[rule - 1], *lines[rule + 1 : -1]]
    assert {cells(line) for line in table} == {cells(lines[rule])}


# --- refused ------------------------------------------------------------------------------------


def refused(run: Path, *words: object) -> Outcome:
    outcome = call("why", run, *words)
    assert (outcome.code, outcome.out) == (2, "")
    return outcome


def test_an_unknown_offer_is_refused_with_the_nearest_ids(run: Path) -> None:
    wrong = chosen_in(run)[:-1]
    text = refused(run, "--offer", wrong).err
    assert f"--offer: found '{wrong}'; expected one of the inputs' ids" in text
    assert f"Did you mean '{chosen_in(run)}'?" in text


def test_an_unknown_site_is_refused(run: Path) -> None:
    assert "--site: found 'nowhere'" in refused(run, "--site", "nowhere").err


def test_an_offer_and_a_site_are_too_much(run: Path) -> None:
    text = refused(run, "--offer", chosen_in(run), "--site", "S1").err
    assert "found both options; expected one of the two" in text


def test_a_time_limit_without_a_unit_is_refused(run: Path) -> None:
    assert "--time-limit" in refused(run, "--time-limit", "30").err


def test_a_folder_without_a_plan_is_refused(tmp_path: Path) -> None:
    assert "plan.json" in refused(tmp_path).err


def test_a_changed_plan_is_not_explained(run: Path, tmp_path: Path) -> None:
    copy = tmp_path / "run"
    copy.mkdir()
    for file in run.glob("*.*"):
        (copy / file.name).write_bytes(file.read_bytes())
    content = plan_in(run)["instance"] | {"folder": str((run.parent / "town").resolve())}
    edit_plan(copy, instance=content, objective=1.0)
    outcome = call("why", copy)
    assert (outcome.code, outcome.out) == (6, "")
    assert "objective: plan.json says two different things of it" in outcome.err


# --- stopped ------------------------------------------------------------------------------------


def test_an_interrupted_answer_tells_what_is_known(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def stopped() -> Iterator[threading.Event]:
        event = threading.Event()
        event.set()
        yield event

    monkeypatch.setattr("siting.cli.reasons.stoppable", stopped)
    outcome = call("why", run, "--offer", chosen_in(run))
    assert (outcome.code, outcome.err) == (130, "")
    assert "worse without it" in outcome.out
    assert "solved again" not in outcome.out
