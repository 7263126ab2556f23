"""Exit codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from siting.solve import Termination

DONE = 0
WRONG_INPUT = 2
LIMIT_WITH_PLAN = 3
INFEASIBLE = 4
LIMIT_WITHOUT_PLAN = 5
FAULT = 6
INTERRUPTED = 130


def exit_code(termination: Termination) -> int:
    """The exit code of a solve: 0 only where the gap that was asked for is proven."""
    from siting.solve import Limit, Reason  # noqa: PLC0415 - --help loads no solver

    if termination.limit is Limit.INTERRUPTED:
        return INTERRUPTED
    if termination.reason is Reason.INFEASIBLE:
        return INFEASIBLE
    if termination.reason is Reason.NO_SOLUTION:
        return LIMIT_WITHOUT_PLAN
    if termination.reason is Reason.OPTIMAL or termination.limit is Limit.GAP:
        return DONE
    return LIMIT_WITH_PLAN
