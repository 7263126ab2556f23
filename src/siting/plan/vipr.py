"""Writes the proof of a bound in the format VIPR 1.0, which checkers of others read.

Cheung, Gleixner and Steffy 2017, doi 10.1007/978-3-319-59250-3_13. The variables are those of the
merged model, each from 0 to 1 and whole; the objective is the goal in whole numbers without its
constant. Multipliers of rows are those of the certificate, exactly; those of the variables' bounds
take the rest, column by column.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

import numpy as np

from siting.blocks.exact import Wholes
from siting.blocks.plain_model import PlainGoal, PlainModel, PlainRows
from siting.language import tr
from siting.plan.certificate import CUTS, GoalCertificate, ProofTree, children_of, goal_of
from siting.plan.column_bounds import ColumnBounds, column_bounds
from siting.plan.derivation import lattice_of, rows_and_cuts
from siting.plan.lagrangian import Lagrangian, Numbers, fixed_by_reduced_costs
from siting.plan.leaves import Leaves
from siting.plan.tree_cases import claim_of
from siting.plan.vipr_lines import LEAST, MOST, Lines, Sum, combination, left_side

_LARGEST = 2_000_000


def vipr_proof(model: PlainModel, certificate: GoalCertificate, plan: Mapping[str, Wholes]) -> str:
    """The proof that a plan's goal is at most what a certificate says, as text.

    Args:
        model: The model said plainly.
        certificate: What proves the bound.
        plan: Values of the model's columns, by family.

    Raises:
        ValueError: The certificate proves nothing, is of a program too large for a text, or speaks
            of columns that are not whole.
    """
    merged = {
        name: plan[name][np.unique(group, return_index=True)[1]]
        for name, group in model.merged.groups.items()
    }
    return _Proof(model, certificate).text(merged)


class _Proof:
    """One proof as it is written."""

    def __init__(self, model: PlainModel, certificate: GoalCertificate) -> None:
        self.merged = model.merged.model
        self.goal: PlainGoal = goal_of(self.merged, certificate.goal)
        if certificate.lemmas:
            raise ValueError(tr("a proof with lemmas of parts, which the file does not say"))
        self.rows = rows_and_cuts(model, certificate.floors, certificate.cuts)
        self.root = Lagrangian(self.merged, self.goal, self.rows, certificate.sections)
        bounds = column_bounds(self.merged, self.rows)
        if bounds is None:
            raise ValueError(tr("no plan exists: there is no bound to write a proof of"))
        self.bounds: ColumnBounds = bounds
        self.tree, self.cuts = certificate.tree, certificate.cuts
        self._refuse_unfit()
        self.start: dict[str, int] = {}
        count = 0
        for name, family in self.merged.families.items():
            self.start[name], count = count, count + len(family)
        self.count = count
        self.lines = Lines()
        # Constraint that bounds each column from below and from above, with its side.
        self.least: list[tuple[int, int]] = []
        self.most: list[tuple[int, int]] = []
        self.numbers: dict[tuple[str, int, str], int] = {}

    def _refuse_unfit(self) -> None:
        leaves = 1 if self.tree is None else len(self.tree.leaves)
        size = sum(len(family) for family in self.merged.families.values()) * leaves
        if size > _LARGEST:
            raise ValueError(tr("a program too large for a proof in text"))
        if not all(family.is_whole for family in self.merged.families.values()):
            raise ValueError(tr("columns that are not whole, which the format cannot round"))

    # --- given ----------------------------------------------------------------------------------

    def text(self, plan: Mapping[str, Wholes]) -> str:
        """The whole file."""
        self._give_bounds()
        bounds = len(self.lines.given)
        self._give_rows()
        self._derive_bounds()
        self._derive_cuts()
        reached = self._whole(self.goal.value(plan))
        proven = self._derive_all()
        return "\n".join([*self._head(bounds), *self._claims(plan, reached, proven)]) + "\n"

    def _head(self, bounds: int) -> Iterator[str]:
        names = [
            f"{name}_{number}"
            for name, family in self.merged.families.items()
            for number in range(len(family))
        ]
        yield "VER 1.0"
        yield f"VAR {self.count}"
        yield " ".join(names)
        yield f"INT {self.count}"
        yield " ".join(map(str, range(self.count)))
        yield "OBJ max"
        yield left_side(self._objective())
        yield f"CON {len(self.lines.given)} {bounds}"
        yield from self.lines.given

    def _claims(
        self, plan: Mapping[str, Wholes], reached: Fraction, proven: Fraction
    ) -> Iterator[str]:
        values = {
            self.start[name] + number: int(value)
            for name, part in plan.items()
            for number, value in enumerate(part.tolist())
        }
        yield f"RTP range {reached} {proven}"
        yield "SOL 1"
        yield f"plan {left_side(values)}"
        yield f"DER {len(self.lines.derived)}"
        yield from self.lines.derived

    def _objective(self) -> Sum:
        return {
            self.start[name] + number: Fraction(amount)
            for name, vector in self.goal.terms.items()
            for number, amount in enumerate(vector.at(self.root.denominator).tolist())
        }

    def _whole(self, value: Fraction) -> Fraction:
        """A value of the goal as one of the file's objective."""
        return (value - self.goal.constant) * self.root.denominator

    def _give_bounds(self) -> None:
        for column in range(self.count):
            unit = left_side({column: 1})
            self.least.append((self.lines.give(f"LB{column}", LEAST, 0, unit), 0))
            self.most.append((self.lines.give(f"UB{column}", MOST, 1, unit), 1))

    def _give_rows(self) -> None:
        for section, rows in self.rows.items():
            if section == CUTS:
                continue
            for row in range(len(rows)):
                left = left_side(self._terms(rows, row))
                for sense, side in ((MOST, rows.upper[row]), (LEAST, rows.lower[row])):
                    if side is not None:
                        name = f"R{len(self.lines.given)}"
                        number = self.lines.give(name, sense, side, left)
                        self.numbers[section, row, sense] = number

    def _terms(self, rows: PlainRows, row: int) -> Sum:
        terms: Sum = {}
        for family, matrix in rows.terms.items():
            part = slice(matrix.indptr[row], matrix.indptr[row + 1])
            for column, amount in zip(
                matrix.indices[part].tolist(), matrix.data[part].tolist(), strict=True
            ):
                key = self.start[family] + column
                terms[key] = terms.get(key, Fraction(0)) + amount
        return terms

    # --- bounds and cuts ------------------------------------------------------------------------

    def _derive_bounds(self) -> None:
        """What single rows say of choices, until it is what the certificate relies on."""
        first = self.start["choose"]
        wanted = {
            (first + number, value)
            for number, (low, high) in enumerate(
                zip(self.bounds.lower.tolist(), self.bounds.upper.tolist(), strict=True)
            )
            if low == high
            for value in (low,)
        }
        while wanted:
            before = len(wanted)
            for (section, row, sense), number in self.numbers.items():
                terms, rows = self._terms(self.rows[section], row), self.rows[section]
                side = (rows.upper if sense == MOST else rows.lower)[row] or 0
                open_here = [c for c in terms if (c, 0) in wanted or (c, 1) in wanted]
                for column in open_here:
                    found = self._narrow(terms, side, sense, number, column)
                    wanted -= {(column, 0), (column, 1)} if found else set()
            if len(wanted) == before:
                raise ValueError(tr("a bound of a choice that no single row gives"))

    def _narrow(self, terms: Sum, side: int, sense: str, number: int, column: int) -> bool:
        """Derives that a choice is fixed, if one row says so; whether it does."""
        turn = 1 if sense == MOST else -1
        size = abs(terms[column])
        parts, rest = {number: turn / size}, Fraction(turn * side) / size
        for other, amount in terms.items():
            share = turn * amount / size
            if other == column or share == 0:
                continue
            known, at = self.least[other] if share > 0 else self.most[other]
            parts[known] = parts.get(known, Fraction(0)) - share
            rest -= share * at
        up = turn * terms[column] > 0
        if up and rest < 1:
            reason = combination("rnd", parts)
            self.most[column] = self.lines.derive(MOST, 0, left_side({column: 1}), reason), 0
        elif not up and rest < 0:
            reason = combination("rnd", {part: -times for part, times in parts.items()})
            self.least[column] = self.lines.derive(LEAST, 1, left_side({column: 1}), reason), 1
        else:
            return False
        return True

    def _derive_cuts(self) -> None:
        """Each cut as one rounded sum; what follows is rounded up by its upper bound."""
        for number in range(len(self.rows[CUTS]) if self.cuts else 0):
            total: Sum = {}
            parts: Sum = {}
            for section, halves in (self.cuts or {}).items():
                part = slice(halves.indptr[number], halves.indptr[number + 1])
                for row, times in zip(
                    halves.indices[part].tolist(), halves.data[part].tolist(), strict=True
                ):
                    parts[self.numbers[section, row, MOST]] = Fraction(times, 2)
                    for column, amount in self._terms(self.rows[section], row).items():
                        total[column] = total.get(column, Fraction(0)) + amount * Fraction(times, 2)
            decided = range(self.start["choose"], self.start["choose"] + len(self.bounds.lower))
            for column, amount in total.items():
                # A choice is rounded down by its lower bound, the others up by their upper one.
                given = 2 * column + (0 if column in decided else 1)
                fraction = amount % 1
                if fraction:
                    parts[given] = -fraction if column in decided else 1 - fraction
            cut = self.rows[CUTS]
            left, side = left_side(self._terms(cut, number)), cut.upper[number] or 0
            reason = combination("rnd", parts)
            self.numbers[CUTS, number, MOST] = self.lines.derive(MOST, side, left, reason)

    # --- the tree -------------------------------------------------------------------------------

    def _derive_all(self) -> Fraction:
        """Derives the bound; its value."""
        if self.tree is None:
            self.claim = self.root.bound(self.bounds)
            last = self._leaf(self.root.net(), self._multipliers(None))
        else:
            self.claim = claim_of(self.tree)
            last = self._tree(self.tree)
        return self._rounded(last)

    def _rounded(self, last: int) -> Fraction:
        """Derives the largest value that the goal can have at all."""
        step = lattice_of(self.goal, self.merged) * self.root.denominator
        whole = self._whole(self.claim)
        if step == 0:
            return whole
        terms = {column: amount / step for column, amount in self._objective().items()}
        down = whole / step // 1
        reason = combination("rnd", {last: 1 / step})
        number = self.lines.derive(MOST, down, left_side(terms), reason)
        best = down * step
        self.lines.derive(MOST, best, "OBJ", combination("lin", {number: step}))
        return best

    def _tree(self, tree: ProofTree) -> int:
        """Derives a tree from its leaves up, inside what the root's reduced costs leave."""
        start = fixed_by_reduced_costs(self.root, self.bounds, self.claim)
        outside = self.least.copy(), self.most.copy()
        turned = list(self._assume_fixed(start))
        self.leaves = Leaves(self.root, tree)
        parents = [0, *tree.parent.tolist()]
        first = self.start["choose"]
        branch = [(0, 0, 0)]
        for choice, value in zip(tree.choice.tolist(), tree.value.tolist(), strict=True):
            branch.append((first + choice, value, self._assume(first + choice, value)))
        known: dict[int, int] = {}
        for position, leaf in enumerate(tree.leaves.tolist()):
            path, node = [], leaf
            while node:
                path.append(branch[node])
                node = parents[node]
            known[leaf] = self._close(position, path)
        for node, (one, two) in sorted(children_of(tree).items(), reverse=True):
            known[node] = self._unsplit(known[one], branch[one][2], known[two], branch[two][2])
        self.least, self.most = outside
        return self._leave_fixed(known[0], turned)

    def _assume(self, column: int, value: int) -> int:
        sense = MOST if value == 0 else LEAST
        return self.lines.derive(sense, value, left_side({column: 1}), "asm")

    def _assume_fixed(self, start: ColumnBounds) -> Iterator[tuple[int, int, int]]:
        """Assumes what reduced costs rule out: column, its value, the assumption."""
        wide = self.bounds.lower < self.bounds.upper
        for choice in np.flatnonzero(wide & (start.lower == start.upper)).tolist():
            value, column = int(start.lower[choice]), self.start["choose"] + choice
            number = self._assume(column, value)
            (self.most if value == 0 else self.least)[column] = number, value
            yield column, value, number

    def _leave_fixed(self, last: int, turned: Sequence[tuple[int, int, int]]) -> int:
        """Shows that the other side of each holds nothing better, by the root's multipliers."""
        net, multipliers = self.root.net(), self._multipliers(None)
        for column, value, number in turned:
            other = self._assume(column, 1 - value)
            side = self.least if value == 0 else self.most
            before, side[column] = side[column], (other, 1 - value)
            beyond = self._leaf(net, multipliers)
            side[column] = before
            last = self._unsplit(last, number, beyond, other)
        return last

    def _unsplit(self, one: int, first: int, two: int, second: int) -> int:
        reason = f"uns {one} {first} {two} {second}"
        return self.lines.derive(MOST, self._whole(self.claim), "OBJ", reason)

    def _close(self, position: int, assumed: Sequence[tuple[int, int, int]]) -> int:
        """Derives the bound of a leaf, or an absurdity where it has no plan.

        Args:
            position: Of the leaf among the leaves.
            assumed: Column, value and assumption of each branching above it.
        """
        before = self.least.copy(), self.most.copy()
        found = self._enter(assumed)
        if found is None:
            net, _ = self.leaves.earnings(position)
            found = self._leaf_or_ray(position, net)
        self.least, self.most = before
        return found

    def _enter(self, assumed: Sequence[tuple[int, int, int]]) -> int | None:
        """Takes assumptions as bounds; an absurdity where one contradicts another bound."""
        for column, value, number in assumed:
            side, other = (self.most, self.least) if value == 0 else (self.least, self.most)
            against, at = other[column]
            if (value == 0 and at >= 1) or (value == 1 and at <= 0):
                return self._absurd(number, against, value)
            side[column] = number, value
        return None

    def _leaf_or_ray(self, position: int, net: Numbers) -> int:
        multipliers = self._multipliers(position)
        if not self.leaves.is_ray(position):
            return self._leaf(net, multipliers)
        weights = self.root.weights()
        used = {family: part - weights[family] for family, part in net.items()}
        return self._contradiction(used, multipliers)

    def _absurd(self, one: int, two: int, value: int) -> int:
        """From `x <= 0` and `x >= 1`: 0 is at most -1."""
        at_most, at_least = (one, two) if value == 0 else (two, one)
        reason = combination("lin", {at_most: Fraction(1), at_least: Fraction(-1)})
        return self.lines.derive(MOST, -1, "0", reason)

    def _multipliers(self, leaf: int | None) -> Sum:
        """Of the numbered rows, in units of the file's objective."""
        found: Sum = {}
        sections = (
            {name: one.numerators for name, one in self.root.sections.items()}
            if leaf is None
            else self.leaves.multipliers(leaf)
        )
        for name, numerators in sections.items():
            unit = Fraction(self.root.factor(name), 1 << self.root.exponent)
            for row in np.flatnonzero(numerators).tolist():
                times = int(numerators[row]) * unit
                sense = MOST if times > 0 else LEAST
                found[self.numbers[name, row, sense]] = times
        return found

    def _with_bounds(self, net: Numbers, rows: Sum) -> Sum:
        """Adds the bounds that take what the rows leave of each column."""
        parts, unit = dict(rows), 1 << self.root.exponent
        for name, gains in net.items():
            for number, gain in enumerate(gains.tolist()):
                column = self.start[name] + number
                if gain:
                    known, _ = self.most[column] if gain > 0 else self.least[column]
                    parts[known] = parts.get(known, Fraction(0)) + Fraction(gain, unit)
        return parts

    def _leaf(self, net: Numbers, rows: Sum) -> int:
        reason = combination("lin", self._with_bounds(net, rows))
        return self.lines.derive(MOST, self._whole(self.claim), "OBJ", reason)

    def _contradiction(self, used: Numbers, rows: Sum) -> int:
        """A sum of rows and bounds without columns whose side is below 0, as 0 <= -1."""
        parts = self._with_bounds(used, rows)
        sides = (times * self._side_of(number) for number, times in parts.items())
        side = sum(sides, Fraction(0))
        reason = combination("lin", {number: times / abs(side) for number, times in parts.items()})
        return self.lines.derive(MOST, -1, "0", reason)

    def _side_of(self, number: int) -> Fraction:
        given = len(self.lines.given)
        line = self.lines.given[number] if number < given else self.lines.derived[number - given]
        return Fraction(line.split(" ", 3)[2])
