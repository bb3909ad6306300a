"""The catalog as a graph."""
