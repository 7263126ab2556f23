"""Checks a proof in the format VIPR 1.0 with fractions, from the file alone.

Written from the description of the format (Cheung, Gleixner and Steffy 2017,
doi 10.1007/978-3-319-59250-3_13); it knows nothing of who wrote the file. It is strict: "dominates"
means the same coefficients and a right side that is no weaker, or an absurdity.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from siting.language import tr

Terms = Mapping[int, Fraction]


@dataclass(frozen=True)
class ViprResult:
    """What a file proves.

    Attributes:
        lower: A solution reaches at least this (for a maximum), or -inf.
        upper: No solution exceeds this, or inf.
        infeasible: Whether it proves that there is no solution.
        derived: Number of derived constraints.
    """

    lower: Fraction | float
    upper: Fraction | float
    infeasible: bool
    derived: int


@dataclass(frozen=True)
class _Constraint:
    """`terms sense side` under assumptions."""

    terms: Terms
    sense: str
    side: Fraction
    assumed: frozenset[int] = frozenset()

    @property
    def is_absurd(self) -> bool:
        """Whether no values keep it."""
        if self.terms:
            return False
        over, under = self.side < 0, self.side > 0
        return {"L": over, "G": under, "E": over or under}[self.sense]

    def dominates(self, other: _Constraint) -> bool:
        """Whether whatever keeps this keeps the other."""
        if self.is_absurd:
            return True
        if self.terms != other.terms:
            return False
        if other.sense == "E":
            return self.sense == "E" and self.side == other.side
        if self.sense not in ("E", other.sense):
            return False
        return self.side <= other.side if other.sense == "L" else self.side >= other.side


def check_vipr(text: str) -> ViprResult:
    """Checks a proof.

    Raises:
        ValueError: It is not of the format, or a step does not follow.
    """
    return _Checker(_Tokens(text)).run()


class _Tokens:
    """The words of a file, one after the other."""

    def __init__(self, text: str) -> None:
        lines = text.splitlines()
        while lines and (lines[0].startswith("%") or not lines[0].strip()):
            lines.pop(0)
        self._words: Iterator[str] = iter(" ".join(lines).split())

    def word(self) -> str:
        found = next(self._words, None)
        if found is None:
            raise ValueError(tr("proof: it ends where more is due"))
        return found

    def expect(self, word: str) -> None:
        found = self.word()
        if found != word:
            raise ValueError(tr("proof: {found} where {word} is due", found=found[:40], word=word))

    def number(self) -> Fraction:
        word = self.word()
        return _fraction(word)

    def count(self) -> int:
        return _whole(self.word())

    def is_over(self) -> bool:
        return next(self._words, None) is None


_NUMBER = re.compile(r"[+-]?(\d+(/\d*[1-9]\d*)?|\d*\.\d+|\d+\.)", re.ASCII)
# Whole numbers of more digits are no proof of anything that anybody wants to know.
_LONGEST = 4_000


def _fraction(word: str) -> Fraction:
    if len(word) > _LONGEST or not _NUMBER.fullmatch(word):
        raise ValueError(tr("proof: {word} is no number", word=word[:40]))
    return Fraction(word)


def _whole(word: str) -> int:
    number = _fraction(word)
    if number.denominator != 1:
        raise ValueError(tr("proof: {word} is not whole", word=word[:40]))
    return int(number)


@dataclass
class _Checker:
    """Reads a file and checks each step as it comes."""

    tokens: _Tokens
    constraints: list[_Constraint] = field(default_factory=list)
    whole: set[int] = field(default_factory=set)
    objective: dict[int, Fraction] = field(default_factory=dict)

    def run(self) -> ViprResult:
        tokens = self.tokens
        tokens.expect("VER")
        tokens.expect("1.0")
        tokens.expect("VAR")
        self.count = tokens.count()
        for _ in range(self.count):
            tokens.word()
        tokens.expect("INT")
        self.whole = {self._column() for _ in range(tokens.count())}
        tokens.expect("OBJ")
        self.sense = tokens.word()
        if self.sense not in ("max", "min"):
            raise ValueError(tr("proof: an objective that is neither max nor min"))
        self.objective = self._pairs(tokens.count())
        tokens.expect("CON")
        rows = tokens.count()
        tokens.count()
        for _ in range(rows):
            tokens.word()
            self.constraints.append(self._constraint())
        self.given = rows
        lower, upper, infeasible = self._claim()
        self._solutions(lower, upper)
        self._derive()
        self._conclude(lower, upper, infeasible=infeasible)
        return ViprResult(lower, upper, infeasible, len(self.constraints) - rows)

    def _column(self) -> int:
        number = self.tokens.count()
        if not 0 <= number < self.count:
            raise ValueError(tr("proof: a variable that there is not"))
        return number

    def _pairs(self, count: int) -> dict[int, Fraction]:
        terms: dict[int, Fraction] = {}
        for _ in range(count):
            column = self._column()
            if column in terms:
                raise ValueError(tr("proof: a variable twice in one constraint"))
            terms[column] = self.tokens.number()
        return {column: amount for column, amount in terms.items() if amount}

    def _constraint(self) -> _Constraint:
        sense, side = self.tokens.word(), self.tokens.number()
        if sense not in ("E", "L", "G"):
            raise ValueError(tr("proof: {sense} is no sense", sense=sense[:40]))
        word = self.tokens.word()
        terms = dict(self.objective) if word == "OBJ" else self._pairs(_whole(word))
        return _Constraint(terms, sense, side)

    def _claim(self) -> tuple[Fraction | float, Fraction | float, bool]:
        self.tokens.expect("RTP")
        word = self.tokens.word()
        if word == "infeas":
            return -math.inf, math.inf, True
        if word != "range":
            raise ValueError(tr("proof: {word} claims nothing", word=word[:40]))
        return self._end(-math.inf), self._end(math.inf), False

    def _end(self, nothing: float) -> Fraction | float:
        word = self.tokens.word()
        return nothing if word in ("-inf", "inf", "+inf") else _fraction(word)

    def _solutions(self, lower: Fraction | float, upper: Fraction | float) -> None:
        self.tokens.expect("SOL")
        best: Fraction | None = None
        better = max if self.sense == "max" else min
        for _ in range(self.tokens.count()):
            self.tokens.word()
            values = self._pairs(self.tokens.count())
            if any(values.get(column, Fraction(0)).denominator != 1 for column in self.whole):
                raise ValueError(tr("proof: a solution that is not whole"))
            for constraint in self.constraints:
                if not _keeps(values, constraint):
                    raise ValueError(tr("proof: a solution that breaks a constraint"))
            value = _dot(self.objective, values)
            best = value if best is None else better(best, value)
        due = lower if self.sense == "max" else upper
        claims = due > -math.inf if self.sense == "max" else due < math.inf
        if claims and (best is None or (best < due if self.sense == "max" else best > due)):
            raise ValueError(tr("proof: no solution reaches what is claimed"))

    def _derive(self) -> None:
        self.tokens.expect("DER")
        reasons: dict[str, Callable[[_Constraint], frozenset[int]]] = {
            "asm": self._assume,
            "lin": self._linear,
            "rnd": self._round,
            "uns": self._unsplit,
        }
        for _ in range(self.tokens.count()):
            self.tokens.word()
            said = self._constraint()
            self.tokens.expect("{")
            reason = self.tokens.word()
            if reason not in reasons:
                raise ValueError(tr("proof: {word} is no reason", word=reason[:40]))
            assumed = reasons[reason](said)
            self.tokens.expect("}")
            self.tokens.count()
            self.constraints.append(_Constraint(said.terms, said.sense, said.side, assumed))
        if not self.tokens.is_over():
            raise ValueError(tr("proof: something after its end"))

    def _assume(self, _said: _Constraint) -> frozenset[int]:
        return frozenset({len(self.constraints)})

    def _linear(self, said: _Constraint) -> frozenset[int]:
        found = self._sum(said.sense)
        if not found.dominates(said):
            raise ValueError(self._fails())
        return found.assumed

    def _round(self, said: _Constraint) -> frozenset[int]:
        found = self._sum(said.sense)
        whole = all(
            amount.denominator == 1 and column in self.whole
            for column, amount in found.terms.items()
        )
        if not whole or said.sense == "E":
            raise ValueError(self._fails())
        side = math.floor(found.side) if said.sense == "L" else math.ceil(found.side)
        rounded = _Constraint(found.terms, found.sense, Fraction(side), found.assumed)
        if not rounded.dominates(said):
            raise ValueError(self._fails())
        return found.assumed

    def _sum(self, sense: str) -> _Constraint:
        """A sum of known constraints that is of a sense."""
        terms: dict[int, Fraction] = {}
        side, assumed = Fraction(0), frozenset[int]()
        for _ in range(self.tokens.count()):
            part, times = self._known(), self.tokens.number()
            wrong = {
                "L": (part.sense == "G") == (times > 0),
                "G": (part.sense == "L") == (times > 0),
            }
            if times and part.sense != "E" and (sense == "E" or wrong[sense]):
                raise ValueError(self._fails())
            side, assumed = side + times * part.side, assumed | part.assumed
            for column, amount in part.terms.items():
                terms[column] = terms.get(column, Fraction(0)) + times * amount
        return _Constraint({c: a for c, a in terms.items() if a}, sense, side, assumed)

    def _unsplit(self, said: _Constraint) -> frozenset[int]:
        one, first, two, second = (self.tokens.count() for _ in range(4))
        sides = sorted((self._at(first), self._at(second)), key=lambda part: part.sense)
        high, low = sides  # "G" comes before "L".
        split = (
            (high.sense, low.sense) == ("G", "L")
            and high.terms == low.terms
            and all(a.denominator == 1 and c in self.whole for c, a in low.terms.items())
            and low.side.denominator == 1
            and high.side == low.side + 1
        )
        if not (split and self._at(one).dominates(said) and self._at(two).dominates(said)):
            raise ValueError(self._fails())
        return (self._at(one).assumed - {first}) | (self._at(two).assumed - {second})

    def _known(self) -> _Constraint:
        return self._at(self.tokens.count())

    def _at(self, number: int) -> _Constraint:
        if not 0 <= number < len(self.constraints):
            raise ValueError(tr("proof: a constraint that is not known yet"))
        return self.constraints[number]

    def _fails(self) -> str:
        return tr("proof: constraint {number} does not follow", number=len(self.constraints))

    def _conclude(
        self, lower: Fraction | float, upper: Fraction | float, *, infeasible: bool
    ) -> None:
        sense, due = ("L", upper) if self.sense == "max" else ("G", lower)
        if not infeasible and abs(due) == math.inf:
            return
        last = self.constraints[-1]
        claim = _Constraint(self.objective, sense, Fraction(0 if infeasible else due))
        if last.assumed or not (last.is_absurd if infeasible else last.dominates(claim)):
            raise ValueError(tr("proof: its last step is not what it claims"))


def _dot(terms: Terms, values: Mapping[int, Fraction]) -> Fraction:
    return sum((amount * values.get(column, 0) for column, amount in terms.items()), Fraction(0))


def _keeps(values: Mapping[int, Fraction], constraint: _Constraint) -> bool:
    activity = _dot(constraint.terms, values)
    return {
        "L": activity <= constraint.side,
        "G": activity >= constraint.side,
        "E": activity == constraint.side,
    }[constraint.sense]
