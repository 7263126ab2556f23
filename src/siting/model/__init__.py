"""The model: named blocks, and the program they make of an instance."""

from typing import TYPE_CHECKING

from siting.lazy import lazy_names

if TYPE_CHECKING:
    from siting.model.explanation import explain
    from siting.model.formulation import formulate, write_pulp
    from siting.model.readable import save_model

__all__ = ["explain", "formulate", "save_model", "write_pulp"]

__getattr__ = lazy_names(
    __name__,
    {
        "explain": "siting.model.explanation",
        "formulate": "siting.model.formulation",
        "save_model": "siting.model.readable",
        "write_pulp": "siting.model.formulation",
    },
)
