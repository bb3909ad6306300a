"""The fetch graph as plan nodes, and the output shape of the response."""
