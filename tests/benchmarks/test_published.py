"""Readers of published instances, on files small enough to work out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from published import BDS_OPTIMA, Blocks, ails_program, great_circle, read_ails

from siting.solve import SolveSettings, solve

# A thousandth of a degree of latitude is 111.3 m.
TEXT = """\
NAME : Line
TYPE : MCLP
EDGE_WEIGHT_TYPE : COORD
DIMENSION : 4
NODE_COORD_SECTION\t
40.000 -074.0
40.001 -074.0
40.002 -074.0
40.009 -074.0
DEMAND_SECTION
10
1
20
7
EOF"""


def write(folder: Path, text: str) -> Path:
    path = folder / "Line.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_points_and_people_are_read(tmp_path: Path) -> None:
    blocks = read_ails(write(tmp_path, TEXT))
    assert blocks.degrees.tolist()[3] == [40.009, -74.0]
    assert blocks.people.tolist() == [10, 1, 20, 7]


def test_distances_are_along_the_sphere(tmp_path: Path) -> None:
    metres = great_circle(read_ails(write(tmp_path, TEXT)))
    assert metres[0, 1] == pytest.approx(111.3188, abs=0.01)
    assert metres[0, 3] == pytest.approx(9 * 111.3188, abs=0.01)
    assert np.array_equal(metres.diagonal(), np.zeros(4))


@pytest.mark.parametrize(("opened", "metres", "best"), [(1, 150, 31), (2, 150, 38), (1, 1, 20)])
def test_the_best_blocks_are_found(tmp_path: Path, opened: int, metres: float, best: int) -> None:
    blocks = read_ails(write(tmp_path, TEXT))
    program = ails_program(blocks, opened, metres)
    result = solve(program, SolveSettings(relative_gap=0.0, isolate=False, threads=1))
    assert result.objective == best


def test_a_block_covers_itself_within_any_distance() -> None:
    blocks = Blocks(np.array([[40.7, -73.9], [40.7, -73.9]]), np.array([3.0, 4.0]))
    metres = great_circle(blocks)
    assert metres.diagonal().tolist() == [0.0, 0.0]
    # Two blocks at one place: the cosine may fall short of 1 by its rounding.
    assert metres[0, 1] < 0.2
    assert ails_program(blocks, 1, 0.0).matrix[0, 0] == -1.0


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [("COORD\n", "EUC_2D\n", "coordinates are EUC_2D"), (": 4", ": 5", "expected 5 points")],
)
def test_another_kind_of_file_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_ails(write(tmp_path, TEXT.replace(old, new, 1)))


def test_the_table_of_optima_is_whole() -> None:
    assert len(BDS_OPTIMA) == 8
    for optima in BDS_OPTIMA.values():
        assert len(optima) == 4
        # Ten times the points, about ten times the demand.
        for seed in (1, 2):
            assert optima[100_000, seed] / optima[10_000, seed] == pytest.approx(10, rel=0.02)
