"""The fetch graph, built from the choices of the look-ahead, and its optimization."""
