"""The plan: made from a solution, confirmed by an independent judge, kept in a run folder."""

from siting.plan.judgement import Judgement, judge
from siting.plan.plan import Plan, Solved, make_plan
from siting.plan.plan_file import PlanFile, read_plan_file
from siting.plan.run_folder import write_plan
from siting.plan.verify import Verification, verify

__all__ = [
    "Judgement",
    "Plan",
    "PlanFile",
    "Solved",
    "Verification",
    "judge",
    "make_plan",
    "read_plan_file",
    "verify",
    "write_plan",
]
