"""Objective: the smallest share of all districts, circles, groups or categories."""
