"""Small towns with proofs of every kind: multipliers alone, cuts, and trees of branchings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from siting.blocks.exact import Wholes
from siting.blocks.plain_model import PlainModel
from siting.coverage import compute_coverage
from siting.generate import BdsProblem, BdsSize, TownSize, generate_town, write_bds
from siting.inputs import Instance, read_instance
from siting.model import formulate, read_model, say_plainly
from siting.plan.certificate import GoalCertificate
from siting.plan.certify import make_certificate
from siting.plan.judgement import judge
from siting.plan.vipr import vipr_proof
from siting.solve import SolveSettings, solve

SPEC = read_model("annual-plan")
# Towns whose proofs need trees, and facilities on a square, where odd cycles make cuts.
CASES = (*(("town", seed) for seed in range(6)), *(("square", seed) for seed in range(8)))


@dataclass(frozen=True)
class Proven:
    """A solved town with what proves its optimum."""

    model: PlainModel
    certificate: GoalCertificate
    optimum: float
    values: Mapping[str, Wholes]

    @property
    def text(self) -> str:
        return vipr_proof(self.model, self.certificate, self.values)

    @property
    def due(self) -> Fraction:
        """The optimum as the file has it, without the constant."""
        return Fraction(self.optimum) - self.model.goals[0].constant


def instance_of(kind: str, seed: int) -> Instance:
    if kind == "town":
        return generate_town(TownSize(60, 14, 2, outlets=3), seed)
    with TemporaryDirectory() as folder:
        write_bds(BdsProblem(BdsSize(60, 150), 6.0, 8, seed), Path(folder) / "bds")
        return read_instance(Path(folder) / "bds")


@cache
def proven(kind: str, seed: int) -> Proven:
    town = instance_of(kind, seed)
    coverage = compute_coverage(town)
    program, model = formulate(town, coverage, SPEC), say_plainly(town, coverage, SPEC)
    result = solve(program, SolveSettings(relative_gap=0, isolate=False))
    certificate = make_certificate(model, program, result.goals[0], "covered_residents", {})
    assert certificate is not None
    assert result.values is not None
    assert result.objective is not None
    offers, years = program.section("choose").ids
    chosen = result.values[program.section("choose").slice] > 0.5
    when = {str(o): int(y) for o, y, taken in zip(offers, years, chosen, strict=True) if taken}
    return Proven(model, certificate, result.objective, judge(model, when).values)


def with_part(part: str) -> list[Proven]:
    """Those of the towns whose proofs have cuts, or a tree."""
    every = [proven(*case) for case in CASES]
    return [one for one in every if getattr(one.certificate, part) is not None]
