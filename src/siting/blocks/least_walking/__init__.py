"""Objective: least walking to the nearest of each category."""
