"""Many solves of one question: what more money buys, and how sure the plan is.

How the parts go together, for Python and for those who build on them:

    request = SweepRequest((Path("instances/monaco"),), budget="100万:500万:5", vary=("seed=0,1",))
    sweep = ask(request)                                 # every point, or every problem at once
    index = run_sweep(sweep, Path("runs/sweep"), LocalEngine(workers=2))
    frames = read_index(Path("runs/sweep"))              # sweeps, points, members, choices
    rows = frames.of_sweep(sweep.identity)               # the points of this question, in order
    frontier(rows, frames.choices)                       # one row a budget, by family
    robust_core(rows, frames.choices), spread(rows), tornado(rows)

Every point is a run folder `DIR/points/<folder>/` that `siting verify`, `report` and `compare`
read. Another way to work through the points is an `Engine`: it takes tasks as its workers get
free, calls `solve_point` on each, and gives back (id, outcome) pairs in any order.
"""

from siting.sweep.asking import ask, find_instances
from siting.sweep.budgets import sweep_budgets
from siting.sweep.engines import Engine, LocalEngine
from siting.sweep.frontier import frontier
from siting.sweep.index import Frames, RunningPoint, SweepIndex, read_index
from siting.sweep.outcome import Choice, Outcome, PointFailure
from siting.sweep.point_run import PointTask, solve_point
from siting.sweep.points import Point, Question, design_points
from siting.sweep.questions import SweepRequest
from siting.sweep.robust import robust_core, spread, tornado
from siting.sweep.sweep import Planned, Sweep, run_sweep
from siting.sweep.values import Axis, read_axis, shown_value

__all__ = [
    "Axis",
    "Choice",
    "Engine",
    "Frames",
    "LocalEngine",
    "Outcome",
    "Planned",
    "Point",
    "PointFailure",
    "PointTask",
    "Question",
    "RunningPoint",
    "Sweep",
    "SweepIndex",
    "SweepRequest",
    "ask",
    "design_points",
    "find_instances",
    "frontier",
    "read_axis",
    "read_index",
    "robust_core",
    "run_sweep",
    "shown_value",
    "solve_point",
    "spread",
    "sweep_budgets",
    "tornado",
]
