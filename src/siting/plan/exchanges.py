"""Plans beside a plan: some offers out, others in, without a solver.

A board holds the plan's program opened up, so that every single step is examined at once; what is
told of a step was judged from the inputs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from siting.coverage import Walks
from siting.model import formulate
from siting.plan.judgement import judge
from siting.plan.judges import JUDGES
from siting.plan.plan import Plan
from siting.plan.reread import Reread
from siting.program.program import Program

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# As the judges: sums of costs may differ in their last digits.
_ROUNDING = 1e-9
# Gains below this are sums that should be 0.
NOTHING = 1e-6
# How many of the cheapest single removals are followed up.
_TRIED = 5


@dataclass(frozen=True)
class Exchange:
    """Another plan that keeps every constraint, confirmed by the judge.

    Attributes:
        removed: Chosen offers that it does without.
        added: Offers that it has instead.
        objective: Of the other plan.
        change: Its objective less that of the plan.
        spend: Public money of the other plan.
        searched: Whether a solve found it, else a search among single steps.
    """

    removed: tuple[str, ...]
    added: tuple[str, ...]
    objective: float
    change: float
    spend: float
    searched: bool = False


@dataclass(frozen=True, eq=False)
class Board:
    """A plan on its program, to make moves on.

    Attributes:
        plan: The plan.
        walks: Walking distances of its instance.
        program: What `formulate` made of its inputs.
        offers: Offer ids, shape (offers,).
        chosen: Whether the plan has each, shape (offers,).
        cover: 1 where an offer covers a pair, shape (pairs, offers).
        weights: Priority x people of the pairs, shape (pairs,).
        side: Rows that limit the offers alone, shape (rows, offers).
        lower: Least of each of these rows.
        upper: Most of each of these rows.
    """

    plan: Plan
    walks: Walks
    program: Program
    offers: NDArray[np.object_]
    chosen: Flags
    cover: csc_array
    weights: Floats
    side: csc_array
    lower: Floats
    upper: Floats

    @property
    def ids(self) -> list[str]:
        """The chosen offers' ids."""
        return self.names(self.chosen)

    def names(self, choice: Flags) -> list[str]:
        """Ids of the offers of a choice."""
        return [str(offer) for offer in self.offers[choice]]

    def index(self, offer: str) -> int:
        """Position of an offer."""
        return int(np.flatnonzero(self.offers == offer)[0])

    def after(self, exchange: Exchange) -> Flags:
        """The choice of another plan, shape (offers,)."""
        gone = np.isin(self.offers, exchange.removed)
        return np.asarray((self.chosen & ~gone) | np.isin(self.offers, exchange.added))

    def values(self, choice: Flags) -> Floats:
        """A choice as values of the program's columns; what follows from it is left at 0."""
        values = np.zeros(self.program.shape[1])
        values[self.program.section("choose").slice] = choice
        return values

    @property
    def decided(self) -> Flags:
        """Offers that every plan has."""
        return self.program.lower[self.program.section("choose").slice] >= 1

    @property
    def barred(self) -> Flags:
        """Offers that no plan has: ruled out one by one, or too large for a limit alone."""
        out = self.program.upper[self.program.section("choose").slice] <= 0
        entries = self.side.tocoo()
        packing = np.ones(len(self.upper), dtype=bool)
        packing[entries.row[entries.data < 0]] = False
        too_large = entries.data > _raised(self.upper)[entries.row]
        out[entries.col[too_large & packing[entries.row]]] = True
        return out

    def gains(self, choice: Flags) -> Floats:
        """What each offer would add to the objective of a choice, shape (offers,)."""
        return self._worth(self._times(choice) == 0)

    def losses(self, choice: Flags) -> Floats:
        """What the objective of a choice loses without each of its offers; infinite for others."""
        return np.where(choice, self._worth(self._times(choice) == 1), np.inf)

    def _times(self, choice: Flags) -> Floats:
        return np.asarray(self.cover @ choice.astype(float))

    def _worth(self, pairs: Flags) -> Floats:
        return np.asarray(self.cover.T @ (self.weights * pairs))

    def fits(self, choice: Flags, step: int) -> Flags:
        """Whether every limit is kept once each offer is added (1) or taken out (-1)."""
        used = np.asarray(self.side @ choice.astype(float))
        entries = self.side.tocoo()
        then = used[entries.row] + step * entries.data
        bad = self._broken(used, slice(None))
        change = self._broken(then, entries.row).astype(int) - bad[entries.row]
        broken = bad.sum() + np.bincount(entries.col, change, len(self.offers))
        keeps = ~(self.barred | choice) if step > 0 else choice & ~self.decided
        return np.asarray(keeps & (np.round(broken) == 0))

    def _broken(self, used: Floats, rows: NDArray[np.int32] | slice) -> Flags:
        over = used > _raised(self.upper)[rows]
        return np.asarray(over | (used < -_raised(-self.lower)[rows]))

    def violations(self, choice: Flags) -> list[str]:
        """Every constraint that a choice breaks, in the judge's words."""
        instance = self.plan.instance
        offers = instance.offers[choice]
        blocks = self.plan.spec.subject_to
        return [text for block in blocks for text in JUDGES[block.block](block, instance, offers)]

    def judged(self, choice: Flags, *, searched: bool = False) -> Exchange | None:
        """What a choice gives, or None if the judge does not accept it or it is the plan."""
        if np.array_equal(choice, self.chosen):
            return None
        plan = self.plan
        found = judge(plan.instance, plan.spec, self.names(choice), self.walks)
        if found.violations:
            return None
        return Exchange(
            removed=tuple(self.names(self.chosen & ~choice)),
            added=tuple(self.names(choice & ~self.chosen)),
            objective=found.objective,
            change=found.objective - plan.objective,
            spend=found.spend,
            searched=searched,
        )


def set_up(run: Reread) -> Board:
    """Opens up the program of a plan."""
    plan = run.plan
    program = formulate(plan.instance, run.coverage, plan.spec)
    add, covered = program.section("choose"), program.section("covered")
    rows = next(section for section in program.rows if section.name == "cover")
    matrix = csr_array(program.matrix)
    others = np.diff(matrix[:, add.stop :].indptr) == 0
    others &= np.diff(matrix.indptr) > 0
    return Board(
        plan=plan,
        walks=run.walks,
        program=program,
        offers=add.ids[0],
        chosen=np.isin(add.ids[0], list(plan.chosen["offer_id"])),
        cover=csc_array(-matrix[rows.slice][:, add.slice]),
        weights=program.objective[covered.slice],
        side=csc_array(matrix[others][:, add.slice]),
        lower=program.row_lower[others],
        upper=program.row_upper[others],
    )


def replacements(board: Board, offer: str, most: int = 3) -> tuple[Exchange, ...]:
    """The best plans found without a chosen offer, best first.

    Every single replacement is examined, and one more plan is made by adding the best offer again
    and again while there is room. The first entry may add nothing.

    Args:
        board: The plan.
        offer: One of its offers.
        most: Single replacements to give.
    """
    left = board.chosen.copy()
    left[board.index(offer)] = False
    ban = [board.index(offer)]
    singles = [_with(left, [one]) for one in _candidates(board, left, ban, most)]
    choices = [_filled(board, singles[0] if singles else left, ban), *singles, left]
    return _judged(board, choices)


def openings(board: Board, offer: str) -> tuple[Exchange, ...]:
    """The best plans found with an offer that the plan does not have, best first.

    Every single offer that could make room is examined; where none does, several are taken out,
    those first that lose least for the room they make.

    Args:
        board: The plan.
        offer: An offer that it does not have.
    """
    here = board.index(offer)
    wanted = _with(board.chosen, [here])
    if not board.violations(wanted):
        return _judged(board, [wanted])
    room = board.fits(wanted, -1)
    room[here] = False
    losses = np.where(room, board.losses(wanted), np.inf)
    order = [int(one) for one in np.argsort(losses, kind="stable") if np.isfinite(losses[one])]
    bases = [_without(wanted, [one]) for one in order[:_TRIED]]
    if not bases:
        made = _made_room(board, wanted, here)
        bases = [] if made is None else [made]
    # Nothing that was taken out comes back by itself: it would, where room is left.
    return _judged(board, [_filled(board, base, []) for base in bases] + bases[:1])


def _judged(board: Board, choices: Sequence[Flags]) -> tuple[Exchange, ...]:
    different = {choice.tobytes(): choice for choice in choices}.values()
    found = [one for choice in different if (one := board.judged(choice)) is not None]
    return tuple(sorted(found, key=lambda one: (-one.objective, len(one.added))))


def _with(choice: Flags, offers: Sequence[int]) -> Flags:
    more = choice.copy()
    more[list(offers)] = True
    return more


def _without(choice: Flags, offers: Sequence[int]) -> Flags:
    fewer = choice.copy()
    fewer[list(offers)] = False
    return fewer


def _candidates(board: Board, choice: Flags, ban: Sequence[int], most: int) -> Iterator[int]:
    """Offers that may be added to a choice and bring something, those first that bring most."""
    gains = np.where(board.fits(choice, 1), board.gains(choice), 0.0)
    gains[list(ban)] = 0.0
    given = 0
    for one in np.argsort(-gains, kind="stable"):
        if given == most or gains[one] <= NOTHING:
            return
        if not board.violations(_with(choice, [int(one)])):
            given += 1
            yield int(one)


def _filled(board: Board, choice: Flags, ban: Sequence[int]) -> Flags:
    """A choice with the best offer added again and again, while one fits and brings something."""
    while (one := next(_candidates(board, choice, ban, 1), None)) is not None:
        choice = _with(choice, [one])
    return choice


def _made_room(board: Board, wanted: Flags, kept: int) -> Flags | None:
    """A choice without what must go for an offer, or None where that does not help."""
    choice, gone = wanted, []
    while (over := _overfilled(board, choice)).any():
        room = np.asarray(board.side.T @ over)
        free = choice & ~board.decided & (room > 0)
        free[kept] = False
        if not free.any():
            return None
        price = np.where(free, board.losses(choice), np.inf) / np.where(free, room, 1.0)
        gone.append(int(np.argmin(price)))
        choice = _without(choice, gone[-1:])
    # The last that went may have made room enough for an earlier one.
    for one in gone[:-1]:
        if board.fits(choice, 1)[one]:
            choice = _with(choice, [one])
    return choice


def _overfilled(board: Board, choice: Flags) -> Floats:
    """For each limit that a choice exceeds 1 over the excess, else 0."""
    used = np.asarray(board.side @ choice.astype(float))
    over = used > _raised(board.upper)
    return np.where(over, 1.0 / np.where(over, used - board.upper, 1.0), 0.0)


def _raised(limits: Floats) -> Floats:
    size = np.where(np.isfinite(limits), np.abs(limits), 0.0)
    return limits + _ROUNDING * np.maximum(1.0, size)
