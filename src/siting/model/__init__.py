"""The model: what is optimised, the program it makes of an instance, and the same to be read."""

from typing import TYPE_CHECKING

from siting.lazy import lazy_names

if TYPE_CHECKING:
    from siting.model.explanation import explain
    from siting.model.fit import check_fit
    from siting.model.formulation import formulate
    from siting.model.model_spec import ModelSpec, WeightedSum, known_models, read_model
    from siting.model.plain import say_plainly
    from siting.model.rendering import save_model, write_pulp

__all__ = [
    "ModelSpec",
    "WeightedSum",
    "check_fit",
    "explain",
    "formulate",
    "known_models",
    "read_model",
    "save_model",
    "say_plainly",
    "write_pulp",
]

__getattr__ = lazy_names(
    __name__,
    {
        "ModelSpec": "siting.model.model_spec",
        "WeightedSum": "siting.model.model_spec",
        "check_fit": "siting.model.fit",
        "explain": "siting.model.explanation",
        "formulate": "siting.model.formulation",
        "known_models": "siting.model.model_spec",
        "read_model": "siting.model.model_spec",
        "save_model": "siting.model.rendering",
        "say_plainly": "siting.model.plain",
        "write_pulp": "siting.model.rendering",
    },
)
