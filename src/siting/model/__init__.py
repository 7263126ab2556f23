"""The model: named blocks, and the program they make of an instance."""

from typing import TYPE_CHECKING

from siting.lazy import lazy_names

if TYPE_CHECKING:
    from siting.model.explanation import explain
    from siting.model.formulation import formulate, write_pulp
    from siting.model.program import Domain, Program, Section
    from siting.model.readable import save_model

__all__ = ["Domain", "Program", "Section", "explain", "formulate", "save_model", "write_pulp"]

__getattr__ = lazy_names(
    __name__,
    {
        "Domain": "siting.model.program",
        "Program": "siting.model.program",
        "Section": "siting.model.program",
        "explain": "siting.model.explanation",
        "formulate": "siting.model.formulation",
        "save_model": "siting.model.readable",
        "write_pulp": "siting.model.formulation",
    },
)
