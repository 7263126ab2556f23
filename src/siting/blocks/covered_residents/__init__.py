"""Objective: the most residents covered, over all categories."""
