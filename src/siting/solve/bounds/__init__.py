"""Upper bounds that hold whatever the multipliers are."""
