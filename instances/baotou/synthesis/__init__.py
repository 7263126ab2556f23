"""A synthetic Baotou, drawn from published totals, real names and stated assumptions."""

from synthesis.folder import write_folder

__all__ = ["write_folder"]
