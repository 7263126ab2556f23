"""Objective: the most residents who have every required category."""
