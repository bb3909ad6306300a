"""Demand control: the cost of an operation, estimated before it runs and counted after."""
