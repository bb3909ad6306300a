"""The look-ahead of the planner: what resolving a selection costs, without building anything."""
