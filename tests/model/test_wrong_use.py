"""What a modeller reads who gives a block settings that it does not have, word for word."""

from __future__ import annotations

from pathlib import Path

import pytest
from broken_town import Town, check_golden

WRONG = {
    "model-settings-of-once": "  - category_once_per_site: {at_most: 2}\n",
    "model-locked-in-nothing": "  - locked_in: {}\n",
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_use_of_a_block(name: str, tmp_path: Path) -> None:
    problems = Town(tmp_path).misfits(WRONG[name])
    assert problems
    check_golden(name, problems)
