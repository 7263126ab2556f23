"""Objective: most places that lack none of the required categories."""
