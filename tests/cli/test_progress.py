"""What is said while a command works: every phase in Chinese, from whatever thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from siting.cli.progress import STEPS, StageProgress
from siting.language import in_language
from siting.solve import Phase, TracePoint
from translatable import MARKED


def test_every_phase_of_the_engine_has_its_words() -> None:
    assert set(STEPS) == {str(phase) for phase in Phase}
    assert set(STEPS) <= MARKED


@pytest.mark.parametrize("apart", [False, True], ids=["this thread", "a thread of a solver"])
def test_progress_speaks_the_language_of_whoever_began_it(*, apart: bool) -> None:
    point = TracePoint(1.0, 2.0, 3.0, "cuts")
    with in_language("zh"):
        progress = StageProgress()
        if not apart:
            progress.trace(point)
    if apart:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(progress.trace, point).result()
    (line,) = progress.lines
    assert "割" in line
    assert "cuts" not in line
