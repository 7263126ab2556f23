"""Many solves of one question."""

from siting.sweep.budgets import sweep_budgets

__all__ = ["sweep_budgets"]
