"""The steps for programs of any structure: a first plan, rounding, neighbourhoods, exact search."""
