"""All that calls OR-Tools: its solvers, here or in a process of their own."""
