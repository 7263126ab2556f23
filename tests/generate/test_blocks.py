"""Census blocks: the same for the same seed, as dense as asked, and the same from their folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from test_cities import assert_equal

from siting.coverage import compute_coverage
from siting.errors import InputError
from siting.generate import BlocksProblem, generate_blocks, write_blocks
from siting.inputs import read_instance
from siting.model import check_fit, read_model

SMALL = BlocksProblem(blocks=300, coverers=20.0, categories=3, opened=5, seed=4)


def test_the_same_seed_gives_the_same_blocks_and_another_others() -> None:
    one, other = generate_blocks(SMALL), generate_blocks(BlocksProblem(300, 20.0, 3, 5, 5))
    assert_equal(one, generate_blocks(SMALL))
    assert not one.residents.equals(other.residents)


@pytest.mark.parametrize("categories", [1, 2, 3])
def test_a_block_has_as_many_coverers_as_were_asked_for(categories: int) -> None:
    made = generate_blocks(BlocksProblem(400, 30.0, categories, seed=1))
    coverage = compute_coverage(made)
    entries = [coverage[name].reach.nnz for name in made.category_names]
    assert len(entries) == categories
    # A metre more of reach, to which it is rounded, adds no tenth.
    assert sum(entries) == pytest.approx(400 * 30.0 * categories, rel=0.1)
    assert len(made.offers) == 400 * categories


def test_every_block_is_a_point_and_a_site_of_one_slot() -> None:
    made = generate_blocks(SMALL)
    assert made.residents[["x", "y"]].equals(made.sites[["x", "y"]])
    assert set(made.sites["slots"]) == {1.0}
    assert made.residents["residents"].ge(1).all()
    assert np.ptp(made.residents[["x", "y"]].to_numpy(), axis=0).max() <= 1000 * (300 / 60) ** 0.5


def test_no_pair_lies_on_the_limit() -> None:
    made = generate_blocks(SMALL)
    xy = made.residents[["x", "y"]].to_numpy()
    for minutes in made.categories["standard_minutes"]:
        assert np.abs(cdist(xy, xy) - 80.0 * minutes).min() > 1e-7


@pytest.mark.parametrize("problem", [SMALL, BlocksProblem(1, 1.0, opened=1), BlocksProblem(170)])
def test_reading_the_folder_gives_the_blocks(tmp_path: Path, problem: BlocksProblem) -> None:
    made = write_blocks(problem, tmp_path / "blocks")
    back = read_instance(tmp_path / "blocks")
    assert_equal(back, made)
    assert back.warnings == ()
    assert not [p for p in check_fit(back, read_model("annual-plan")) if p.severity == "error"]


def test_the_folder_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_blocks(SMALL, tmp_path / name)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_the_readme_says_how_to_make_it_again(tmp_path: Path) -> None:
    write_blocks(SMALL, tmp_path / "blocks")
    text = (tmp_path / "blocks" / "README.md").read_text(encoding="utf-8")
    assert "--blocks 300 --coverers 20 --categories 3" in text
    assert "--open 5 --seed 4" in text
    assert "10, 20, 30" in text


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("x\n", encoding="utf-8")
    with pytest.raises(InputError, match="an empty or a new folder"):
        write_blocks(SMALL, tmp_path)


@pytest.mark.parametrize(
    "numbers", [(0,), (9, 10.0), (9, 0.5), (9, 7.0, 3), (9, 3.0, 4), (9, 3.0, 1, 0)]
)
def test_impossible_blocks_are_refused(numbers: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="expected"):
        BlocksProblem(*numbers)
