"""The plan in a few lines, for the terminal and the first page of everything else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from siting.inputs import describe_walking
from siting.language import cells, language, padded, phrase, tr
from siting.plan import Plan
from siting.report.goal_texts import GoalText, goal_texts, how_it_ended
from siting.report.money_texts import money_pairs
from siting.report.words import model_name, percent

_GROUPS = (phrase("all"), phrase("elderly"), phrase("infants"), phrase("children"))
_HEADS = (phrase("residents"), phrase("before"), phrase("after"), phrase("added"))
# Columns of a terminal that the names take at least, and characters of a name at most.
_NARROWEST, _LONGEST = 32, 40
_WIDTHS = (10, 9, 9, 7)


def last_line(plan: Plan, folder: Path) -> str:
    """Objective, bound, gap, why it stopped, and where the plan is."""
    first = goal_texts(plan)[0]
    form = phrase("objective {objective}, bound {bound}, gap {gap}, {why}, plan in {folder}")
    if first.less:
        form = phrase(
            "objective {objective}, no plan does with less than {bound}, gap {gap}, {why}, "
            "plan in {folder}"
        )
    return tr(
        form,
        objective=first.after,
        bound=first.bound,
        gap=first.gap,
        why=how_it_ended(plan),
        folder=folder,
    )


def summary_pairs(plan: Plan) -> list[tuple[str, str]]:
    """What the plan is, brings and rests on, as names and texts."""
    instance = plan.instance
    people = max(float(instance.people("all").sum()), 1.0)
    before, after = plan.complete
    points, offers = len(instance.residents), len(instance.offers)
    goals = goal_texts(plan)
    complete = {"before": before, "after": after, "share": percent(after / people)}
    return [
        (tr("instance"), instance.name),
        (tr("model"), model_name(plan.spec.name)),
        (
            tr("residents"),
            tr("{people:,.0f} at {points:,} demand points", people=people, points=points),
        ),
        (tr("chosen"), tr("{chosen:,} of {all:,} offers", chosen=len(plan.chosen), all=offers)),
        *money_pairs(plan),
        *map(_reached, goals),
        (
            tr("every required category"),
            tr("{before:,.0f} residents before, {after:,.0f} after ({share})", **complete),
        ),
        *(pair for goal in goals for pair in _proven(goal, alone=len(goals) == 1)),
        (tr("walking"), describe_walking(instance)),
        (tr("note"), instance.note or tr("none")),
    ]


def _reached(goal: GoalText) -> tuple[str, str]:
    if goal.unit == "money":
        # Before a plan nothing is spent, so there is nothing to compare with.
        form = phrase("{after}; no plan does with less than {bound}")
        return goal.name, tr(form, after=goal.after, bound=goal.bound)
    form = phrase("{before} before, {after} after ({gain})")
    return goal.name, tr(form, before=goal.before, after=goal.after, gain=goal.gain)


def _proven(goal: GoalText, *, alone: bool) -> Iterator[tuple[str, str]]:
    """How far a goal is proven, and beside it what only a solver says."""
    of = "" if alone else tr(", {goal}", goal=goal.name)
    form = phrase("{gap} of the objective, {gain} of what the plan adds")
    if goal.unit == "money":
        form = phrase("{gap} of the money")
    yield tr("proven gap") + of, tr(form, gap=goal.gap, gain=goal.gain_gap)
    if goal.solver:
        yield tr("not proven") + of, goal.solver


def summary(plan: Plan) -> str:
    """The summary and the coverage by category, as text."""
    pairs = summary_pairs(plan)
    width = max(cells(name) for name, _ in pairs) + 2
    lines = [padded(name, width) + value for name, value in pairs]
    return "\n".join([*lines, "", *_coverage_table(plan)])


def _coverage_table(plan: Plan) -> list[str]:
    categories = plan.instance.categories
    names = dict(zip(categories["category"], categories[f"name_{language()}"], strict=True))
    added = plan.chosen["categories"].str.split(";").explode().str.strip().value_counts()
    shown = {category: str(name or category)[:_LONGEST] for category, name in names.items()}
    width = max(_NARROWEST, *(cells(name) + 2 for name in shown.values()))
    heads = [tr(name) for name in _HEADS]
    head = padded(tr("category"), width) + _cells(tr("group"), heads)
    lines = [head, "-" * cells(head)]
    for line in plan.coverage.to_dict(orient="records"):
        people, category = max(float(line["residents"]), 1.0), str(line["category"])
        numbers = (
            f"{line['residents']:,.0f}",
            f"{line['before'] / people:.1%}",
            f"{line['after'] / people:.1%}",
            str(added.get(category, 0)),
        )
        name = padded(shown.get(category, category), width)
        lines.append(name + _cells(group_name(str(line["group"])), numbers))
    return lines


def _cells(group: str, numbers: Sequence[str]) -> str:
    """What stands behind the name in a line of the table, in the columns of a terminal."""
    right = (padded(text, width, right=True) for text, width in zip(numbers, _WIDTHS, strict=True))
    return padded(group, 10) + "".join(right)


def group_name(group: str) -> str:
    """A demand group in words, if it is one that the words are known of."""
    return tr(group) if group in _GROUPS else group
