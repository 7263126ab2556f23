"""The plan: made from a solution, confirmed by an independent judge, kept in a run folder."""

from typing import TYPE_CHECKING

from siting.lazy import lazy_names
from siting.plan.judgement import Judgement, judge
from siting.plan.plan_file import PlanFile, read_plan_file
from siting.plan.verify import Verification, verify

if TYPE_CHECKING:
    from siting.plan.loaded_run import LoadedRun, load_run
    from siting.plan.plan import Plan, PlanGoal, make_plan
    from siting.plan.run_folder import write_plan

__all__ = [
    "Judgement",
    "LoadedRun",
    "Plan",
    "PlanFile",
    "PlanGoal",
    "Verification",
    "judge",
    "load_run",
    "make_plan",
    "read_plan_file",
    "verify",
    "write_plan",
]

# What makes plans imports the solvers; what verifies them must not.
__getattr__ = lazy_names(
    __name__,
    {
        "Plan": "siting.plan.plan",
        "PlanGoal": "siting.plan.plan",
        "LoadedRun": "siting.plan.loaded_run",
        "make_plan": "siting.plan.plan",
        "load_run": "siting.plan.loaded_run",
        "write_plan": "siting.plan.run_folder",
    },
)
