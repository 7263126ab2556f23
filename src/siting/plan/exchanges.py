"""Plans beside a plan: some offers out, others in, without a solver.

Every single step is examined at once; what is told of a step was judged from the inputs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siting.plan.judgement import judge
from siting.plan.loaded_run import LoadedRun
from siting.plan.moves import NOTHING, MoveEvaluator
from siting.plan.plan import Plan

Flags = NDArray[np.bool_]

# How many of the cheapest single removals are followed up.
_TRIED = 5


@dataclass(frozen=True)
class Exchange:
    """Another plan that keeps every constraint, confirmed by the judge.

    Attributes:
        removed: Chosen offers that it does without.
        added: Offers that it has instead.
        objective: Of the other plan, in the planner's sense.
        change: Its objective less that of the plan.
        spend: Public money of the other plan.
        when: The year of each of its offers.
        searched: Whether a solve found it, else a search among single steps.
    """

    removed: tuple[str, ...]
    added: tuple[str, ...]
    objective: float
    change: float
    spend: float
    when: Mapping[str, int]
    searched: bool = False


@dataclass(frozen=True, eq=False)
class ExchangeBoard:
    """A plan and the moves from it.

    Attributes:
        plan: The plan.
        moves: What each single move does.
    """

    plan: Plan
    moves: MoveEvaluator

    def names(self, choice: Flags) -> list[str]:
        """Ids of the offers of a choice."""
        return [str(offer) for offer in self.moves.offers[choice]]

    @property
    def turn(self) -> float:
        """1 where more of the most important goal is better, else -1."""
        return 1.0 if self.plan.goals[0].sense == "maximise" else -1.0

    def best(self, exchanges: Sequence[Exchange]) -> float:
        """The best objective of some exchanges, more being better; -inf where there is none."""
        return max((self.turn * one.objective for one in exchanges), default=-np.inf)

    def after(self, exchange: Exchange) -> Flags:
        """The choice of another plan, shape (choices,)."""
        keys = zip(self.moves.offers, self.moves.years, strict=True)
        return np.array([exchange.when.get(offer) == year for offer, year in keys], dtype=bool)

    def judged(self, choice: Flags, *, searched: bool = False) -> Exchange | None:
        """What a choice gives, or None if the judge does not accept it or it is the plan."""
        if np.array_equal(choice, self.moves.chosen):
            return None
        plan, chosen = self.plan, self.moves.chosen
        when = self.moves.when(choice)
        found = judge(plan.model, when, self.moves.walks)
        if found.violations or len(when) != int(choice.sum()):
            return None
        return Exchange(
            removed=tuple(self.names(chosen & ~choice)),
            added=tuple(self.names(choice & ~chosen)),
            objective=found.objective,
            change=found.objective - plan.objective,
            spend=found.spend,
            when=when,
            searched=searched,
        )


def set_up(run: LoadedRun) -> ExchangeBoard:
    """Lays a plan out to make moves from it."""
    plan = run.plan
    when, family = plan.when, plan.model.families["choose"]
    keys = zip(*family.ids, strict=True)
    chosen = np.array([when.get(offer) == year for offer, year in keys], dtype=bool)
    return ExchangeBoard(plan, MoveEvaluator(plan.model, run.walks, chosen))


def replacements(board: ExchangeBoard, offer: str, most: int = 3) -> tuple[Exchange, ...]:
    """The best plans found without a chosen offer, best first.

    Every single replacement is examined, and one more plan is made by adding the best offer again
    and again while there is room. The first entry may add nothing.

    Args:
        board: The plan.
        offer: One of its offers.
        most: Single replacements to give.
    """
    left = board.moves.chosen.copy()
    left[board.moves.index(offer)] = False
    ban = np.flatnonzero(board.moves.offers == offer).tolist()
    singles = [_with(left, [one]) for one in _candidates(board, left, ban, most)]
    choices = [_filled(board, singles[0] if singles else left, ban), *singles, left]
    return _judged(board, choices)


def openings(board: ExchangeBoard, offer: str) -> tuple[Exchange, ...]:
    """The best plans found with an offer that the plan does not have, best first.

    Every single offer that could make room is examined; where none does, several are taken out,
    those first that lose least for the room they make.

    Args:
        board: The plan.
        offer: An offer that it does not have.
    """
    here = board.moves.index(offer)
    wanted = _with(board.moves.chosen, [here])
    if not board.moves.violations(wanted):
        return _judged(board, [wanted])
    room = board.moves.fits(wanted, -1)
    room[here] = False
    losses = np.where(room, board.moves.losses(wanted), np.inf)
    order = [int(one) for one in np.argsort(losses, kind="stable") if np.isfinite(losses[one])]
    bases = [_without(wanted, [one]) for one in order[:_TRIED]]
    if not bases:
        made = _made_room(board, wanted, here)
        bases = [] if made is None else [made]
    # Nothing that was taken out comes back by itself: it would, where room is left.
    return _judged(board, [_filled(board, base, []) for base in bases] + bases[:1])


def _judged(board: ExchangeBoard, choices: Sequence[Flags]) -> tuple[Exchange, ...]:
    different = {choice.tobytes(): choice for choice in choices}.values()
    found = [one for choice in different if (one := board.judged(choice)) is not None]
    return tuple(sorted(found, key=lambda one: (-board.turn * one.objective, len(one.added))))


def _with(choice: Flags, offers: Sequence[int]) -> Flags:
    more = choice.copy()
    more[list(offers)] = True
    return more


def _without(choice: Flags, offers: Sequence[int]) -> Flags:
    fewer = choice.copy()
    fewer[list(offers)] = False
    return fewer


def _candidates(
    board: ExchangeBoard, choice: Flags, ban: Sequence[int], most: int
) -> Iterator[int]:
    """Offers that may be added to a choice and bring something, those first that bring most."""
    gains = np.where(board.moves.fits(choice, 1), board.moves.gains(choice), 0.0)
    gains[list(ban)] = 0.0
    given = 0
    for one in np.argsort(-gains, kind="stable"):
        if given == most or gains[one] <= NOTHING:
            return
        if not board.moves.violations(_with(choice, [int(one)])):
            given += 1
            yield int(one)


def _filled(board: ExchangeBoard, choice: Flags, ban: Sequence[int]) -> Flags:
    """A choice with the best offer added again and again, while one fits and brings something."""
    while (one := next(_candidates(board, choice, ban, 1), None)) is not None:
        choice = _with(choice, [one])
    return choice


def _made_room(board: ExchangeBoard, wanted: Flags, kept: int) -> Flags | None:
    """A choice without what must go for an offer, or None where that does not help."""
    choice, gone = wanted, []
    while board.moves.is_broken(choice):
        room = board.moves.room(choice)
        free = choice & ~board.moves.decided & (room > 0)
        free[kept] = False
        if not free.any():
            return None
        price = np.where(free, board.moves.losses(choice), np.inf) / np.where(free, room, 1.0)
        gone.append(int(np.argmin(price)))
        choice = _without(choice, gone[-1:])
    # The last that went may have made room enough for an earlier one.
    for one in gone[:-1]:
        if board.moves.fits(choice, 1)[one]:
            choice = _with(choice, [one])
    return choice
