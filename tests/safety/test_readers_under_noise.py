"""Every reader against spoiled files: it reads them or says what is wrong, and nothing else."""

from __future__ import annotations

import pytest

from noise import TARGETS, is_read, spoilt

COUNTS = [pytest.param(6, id="few"), pytest.param(2000, id="many", marks=pytest.mark.slow)]


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # of rasterio with affine 3
@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("name", list(TARGETS))
def test_a_spoiled_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, name: str, count: int
) -> None:
    if name.endswith("tif"):
        pytest.importorskip("rasterio")
    target = TARGETS[name](tmp_path_factory.mktemp("target"))
    assert is_read(target)
    for number in spoilt(target.path, seed=len(name)):
        if number == count:
            break
        is_read(target)
