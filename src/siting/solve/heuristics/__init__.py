"""Plans: greedy, dives, exchanges, neighbourhoods."""
