"""Three blocks that exist only in the tests: what a user would add as a folder of three files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from siting.blocks.registry import add_folder, remove_folder

_SPEC = '''
from typing import ClassVar

from pydantic import Field

from siting.blocks.contract import ConstraintBlock, ObjectiveBlock


class {kind}({base}):
    """{reads}"""

    block: ClassVar[str] = "{name}"
    formula: ClassVar[str] = r"{formula}"
    reads: ClassVar[str] = "{reads}"
    {more}
'''

FEW_AT_SITES = {
    "spec.py": _SPEC.format(
        kind="FewAtSites",
        base="ConstraintBlock",
        name="few_at_sites",
        formula=r"\sum_{o \in O_j} x_o \le n \quad \forall j \in J'",
        reads="At each site of the circle at most n offers are chosen.",
        more="""breach: ClassVar[str] = "site {id} takes {activity} offers, {limit}"
    circle: str = Field("", description="the circle of the sites; else those without one")
    at_most: int = Field(1, ge=0, description="the largest number of offers at a site")
""",
    ),
    "build.py": """
import numpy as np
from scipy.sparse import csr_array

from siting.program import Kind


def build(block, model):
    data, choose = model.data, model.variables.choose
    frame = data.instance.sites
    circle = frame["circle"].to_numpy(object) if "circle" in frame else np.full(len(frame), "")
    sites = np.flatnonzero((circle == block.circle) & (np.diff(data.at_site.indptr) > 0))
    terms = csr_array(data.at_site[sites][:, choose.offer])
    ids = (frame["site_id"].to_numpy(object)[sites],)
    model.add_rows(ids, {"choose": terms}, upper=float(block.at_most), kind=Kind.PACKING)
""",
    "check.py": """
from fractions import Fraction

from siting.blocks.contract import Column, Row, Sum


def rows(block, inputs):
    for site in inputs.sites.values():
        here = [offer.id for offer in inputs.offers if offer.site == site.id]
        if here and site.circle == block.circle:
            terms = {Column("choose", (o, t)): Fraction(1) for o in here for t in inputs.years}
            yield Row((site.id,), Sum(terms), upper=Fraction(block.at_most))
""",
}


def _offers_objective(name: str, sense: str, reads: str) -> dict[str, str]:
    """Weighs an offer in the first district by 2.5 and others by 1."""
    verb = sense[:3]
    return {
        "spec.py": _SPEC.format(
            kind="".join(part.capitalize() for part in name.split("_")),
            base="ObjectiveBlock",
            name=name,
            formula=rf"\{verb} \sum_{{o \in O}} g_o\, x_o",
            reads=reads,
            more=f"""sense: ClassVar[str] = "{sense}"
    unit: ClassVar[str] = "offers"
    district: str = Field("east", description="the district whose offers count 2.5 times")
""",
        ),
        "build.py": """
import numpy as np


def build(block, model):
    data, choose = model.data, model.variables.choose
    weights = np.where(data.of_site("district") == block.district, 2.5, 1.0)
    model.add_value("choose", weights[choose.offer], 3.0)
""",
        "check.py": """
from fractions import Fraction

from siting.blocks.contract import Column, Sum


def value(block, inputs):
    terms = {
        Column("choose", (offer.id, year)): Fraction(5, 2) if here else Fraction(1)
        for offer in inputs.offers
        for here in [offer.district == block.district]
        for year in inputs.years
    }
    return Sum(terms, constant=Fraction(3))
""",
    }


TOYS = {
    "few_at_sites": FEW_AT_SITES,
    "fewest_offers": _offers_objective(
        "fewest_offers", "minimise", "Fewest offers; those in the district count 2.5 times."
    ),
    "most_offers": _offers_objective(
        "most_offers", "maximise", "Most offers; those in the district count 2.5 times."
    ),
}


def write_block(folder: Path, name: str, files: dict[str, str]) -> None:
    """Writes the files of one block."""
    for file, text in files.items():
        path = folder / name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@contextmanager
def toy_blocks(folder: Path) -> Iterator[None]:
    """Makes the toys known for a while."""
    for name, files in TOYS.items():
        write_block(folder, name, files)
    add_folder(folder)
    try:
        yield
    finally:
        remove_folder(folder)
