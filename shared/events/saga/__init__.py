"""Sagas: processes over several subgraphs, with compensations."""
