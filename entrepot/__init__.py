"""The front door: the command line, and the one place that knows router and subgraphs and wires them."""
