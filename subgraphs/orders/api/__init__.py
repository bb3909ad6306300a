"""Orders as a graph."""
