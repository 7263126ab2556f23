"""Every model of the library: read, explained, documented in two languages, said and formulated."""

from __future__ import annotations

from pathlib import Path

import pytest

from siting.coverage import Coverage, compute_coverage
from siting.inputs import Instance, read_instance
from siting.language import in_language
from siting.model import explain, formulate, known_models, read_model

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "models"
MODELS = known_models()


@pytest.fixture(scope="module")
def baotou() -> tuple[Instance, Coverage]:
    instance = read_instance(ROOT / "instances" / "baotou")
    return instance, compute_coverage(instance)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_fits_baotou_and_says_what_it_is(
    name: str, baotou: tuple[Instance, Coverage]
) -> None:
    spec = read_model(name)
    assert spec.name == name
    assert formulate(*baotou, spec).shape[1] >= len(baotou[0].offers)
    with in_language("zh"):
        assert name in explain(spec)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("ending", ["md", "zh-CN.md"])
def test_a_model_has_a_page_with_a_command(name: str, ending: str) -> None:
    page = (DOCS / f"{name}.{ending}").read_text(encoding="utf-8")
    assert page.startswith(f"# {name}\n")
    assert f"--model {name}" in page
    assert f"{name}.{ending}" in (DOCS / f"README.{ending}").read_text(encoding="utf-8")
