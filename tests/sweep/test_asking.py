"""Questions: where instances are found, and everything that is wrong at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from small_sweeps import asked, town

from siting.errors import InputError
from siting.inputs import write_template
from siting.sweep import SweepRequest, ask, find_instances


def wrong(folder: Path, **options: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        ask(asked(folder, **options))
    return [str(problem) for problem in caught.value.problems]


def test_instances_are_folders_folders_of_them_and_lists(tmp_path: Path) -> None:
    one, two = (write_template(tmp_path / "all" / name) for name in ("one", "two"))
    (tmp_path / "list.txt").write_text("# both\nall/two\n\nall/one\n", encoding="utf-8")
    assert find_instances([one]) == (one,)
    assert find_instances([one / "instance.yaml"]) == (one / "instance.yaml",)
    assert find_instances([tmp_path / "all"]) == (one, two)
    assert find_instances([tmp_path / "list.txt"]) == (two, one)
    assert find_instances([two, tmp_path / "all"]) == (two, one)


def test_paths_that_lead_nowhere_are_all_named(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        find_instances([tmp_path / "nowhere", tmp_path / "empty.txt"])
    assert [problem.where for problem in caught.value.problems] == [
        str(tmp_path / "nowhere"),
        str(tmp_path / "empty.txt"),
    ]


def test_a_single_instance_that_cannot_be_read_is_refused_at_once(tmp_path: Path) -> None:
    (town(tmp_path) / "sites.csv").unlink()
    assert "sites.csv" in wrong(tmp_path)[0]


def test_all_problems_at_once_with_what_is_known(tmp_path: Path) -> None:
    found = wrong(
        tmp_path,
        model="annul-plan",
        budget="100 apples",
        vary=(
            "cots=x1",
            "cost=1.2",
            "category.cantine.priority=2",
            "walking.sped=60",
            "walking.speed=3,60",
        ),
    )
    assert len(found) == 7
    said = "\n".join(found)
    for hint in ("'canteen'", "'speed'", "'cost'", "'annual-plan'", "factors above 0", "3 m/min"):
        assert hint in said
    assert "--budget" in said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"vary": ("cost=normal(1,0.1)",)}, "how often to draw"),
        ({"draws": 5}, "nothing to draw"),
        ({"draws": 5, "design": "tornado", "vary": ("cost=normal(1,0.1)",)}, "one of --draws"),
        ({"design": "tornado"}, "at least one --vary"),
        ({"design": "tornado", "vary": ("cost=each normal(1,0.1)",)}, "without 'each'"),
        ({"staged": True}, "at least two"),
        ({"staged": True, "budget": "10万"}, "at least two"),
        ({"vary": ("cost=x1", "cost=x2")}, "each key once"),
        ({"budget": "10万", "vary": ("budget=20万",)}, "each key once"),
        ({"vary": ("cost=x1:x2:400", "residents=x1:x2:400")}, "at most 100,000"),
        ({"vary": ("walking.preset=adult",)}, "one of the two"),
    ],
)
def test_questions_that_contradict_themselves(
    tmp_path: Path, options: dict[str, Any], said: str
) -> None:
    (found,) = wrong(tmp_path, **options)
    assert said in found


def test_budgets_need_a_model_that_has_one(tmp_path: Path) -> None:
    model = tmp_path / "fixed.yaml"
    text = "siting_model: 1\nname: fixed\nmaximise: [covered_residents]\nsubject_to:\n"
    model.write_text(text + "  - budget: {at_most: 50万}\n", encoding="utf-8")
    (found,) = wrong(tmp_path, model=str(model), budget="10万,20万")
    assert "'fixed', whose budget is fixed" in found
    assert len(ask(asked(tmp_path, model=str(model))).points) == 1


def test_an_instance_without_a_budget_needs_one(tmp_path: Path) -> None:
    file = town(tmp_path) / "instance.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("budget: 100万", "# budget:"), encoding="utf-8")
    assert "no budget" in wrong(tmp_path)[0]
    assert len(ask(asked(tmp_path, budget="10万")).points) == 1


def test_the_same_question_has_the_same_names_and_another_file_other_ones(tmp_path: Path) -> None:
    def ids(one: SweepRequest) -> list[str]:
        return [planned.entry.identity for planned in ask(one).points]

    question = asked(tmp_path, budget="10万,20万", vary=("walking.speed=60,80",))
    before = ids(question)
    assert before == ids(question)
    threads = replace(question, settings=replace(question.settings, threads=2))
    assert before == ids(threads)
    file = town(tmp_path) / "residents.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("820", "821"), encoding="utf-8")
    assert not set(before) & set(ids(question))


def test_seeds_and_models_are_those_of_the_point(tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("siting_model: 1\nname: other\nmaximise: [covered_residents]\n")
    sweep = ask(asked(tmp_path, vary=("seed=3,4", f"model=annual-plan,{other}"), seed=9))
    pairs = {(planned.settings.seed, planned.spec.name) for planned in sweep.points}
    assert pairs == {(3, "annual-plan"), (4, "annual-plan"), (3, "other"), (4, "other")}
    assert ask(asked(tmp_path, seed=9)).points[0].settings.seed == 9


def test_staged_points_know_the_point_before_them(tmp_path: Path) -> None:
    sweep = ask(asked(tmp_path, budget="10万,20万,30万", staged=True))
    ids = {p.entry.name: p.entry.identity for p in sweep.points}
    after = {p.entry.name: p.after for p in sweep.points if p.after}
    assert after == {
        "budget=20 万元 staged": ids["budget=10 万元"],
        "budget=30 万元 staged": ids["budget=20 万元 staged"],
    }
