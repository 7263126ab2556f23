"""Rows that every whole solution keeps and fractional ones may break."""
