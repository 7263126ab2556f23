"""The plan: made from a solution, confirmed by an independent judge, kept in a run folder."""

from typing import TYPE_CHECKING

from siting.lazy import lazy_names
from siting.plan.judgement import Judgement, judge
from siting.plan.plan_file import PlanFile, read_plan_file
from siting.plan.verify import Verification, verify

if TYPE_CHECKING:
    from siting.plan.plan import Plan, make_plan
    from siting.plan.reread import Reread, reread_plan
    from siting.plan.run_folder import write_plan

__all__ = [
    "Judgement",
    "Plan",
    "PlanFile",
    "Reread",
    "Verification",
    "judge",
    "make_plan",
    "read_plan_file",
    "reread_plan",
    "verify",
    "write_plan",
]

# What makes plans imports the solvers; what verifies them must not.
__getattr__ = lazy_names(
    __name__,
    {
        "Plan": "siting.plan.plan",
        "Reread": "siting.plan.reread",
        "make_plan": "siting.plan.plan",
        "reread_plan": "siting.plan.reread",
        "write_plan": "siting.plan.run_folder",
    },
)
