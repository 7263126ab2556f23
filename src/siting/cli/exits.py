"""Exit codes."""

from __future__ import annotations

DONE = 0
WRONG_INPUT = 2
LIMIT_WITH_PLAN = 3
INFEASIBLE = 4
LIMIT_WITHOUT_PLAN = 5
FAULT = 6
INTERRUPTED = 130
