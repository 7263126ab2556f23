"""What can go wrong, as values: one problem at a time, all problems of an input together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from siting.language import cut, phrase, set_off, tr


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with an input, in the four parts a person needs.

    Attributes:
        code: Short stable name of the kind of problem, e.g. `duplicate-id`.
        where: File, row and column, or YAML path with its line.
        found: What stands there.
        expected: What should stand there.
        mend: What to do about it.
        severity: An `error` stops the work; a `warning` is reported and the work goes on.
    """

    code: str
    where: str
    found: str
    expected: str
    mend: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return tr(
            "{where}: found {found}; expected {expected}. {mend}",
            where=cut(self.where),
            found=set_off(cut(self.found)),
            expected=set_off(self.expected),
            mend=self.mend,
        )


# Why a file cannot be used, as the operating system says it.
_REASONS = (
    phrase("No such file or directory"),
    phrase("Permission denied"),
    phrase("No space left on device"),
    phrase("Read-only file system"),
    phrase("Is a directory"),
    phrase("Not a directory"),
    phrase("File exists"),
)


def reason(error: OSError) -> str:
    """Why a file cannot be used."""
    return tr(error.strerror) if error.strerror else str(error)


class SitingError(Exception):
    """Base of every error this package raises on purpose."""


class InputError(SitingError):
    """The input is wrong; carries every problem that was found, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        head = tr("{count} problems in the input:", count=count)
        if count == 1:
            head = tr("1 problem in the input:")
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(f"{head}\n{lines}")


class UnitError(SitingError, ValueError):
    """A quantity cannot be read: no unit, a wrong unit, or no number."""

    def __init__(self, found: object, expected: str, mend: str) -> None:
        self.found = found
        self.expected = expected
        self.mend = mend
        fields = {"found": cut(repr(found), 200), "expected": set_off(expected), "mend": mend}
        super().__init__(tr("found {found}; expected {expected}. {mend}", **fields))


class VerificationError(SitingError):
    """A plan disagrees with what its inputs give; carries each disagreement with both numbers."""

    def __init__(self, disagreements: Iterable[str]) -> None:
        self.disagreements = tuple(disagreements)
        lines = "\n".join(f"  {line}" for line in self.disagreements)
        super().__init__(f"{tr('the plan does not hold:')}\n{lines}")


class SolverFault(SitingError):  # noqa: N818 - it is the fault of the solver, not of the caller
    """A solver failed or returned something that is not a solution of the program."""
