"""Objective: least public money, or least investment."""
