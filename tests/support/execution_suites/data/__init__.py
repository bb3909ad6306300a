"""The rows of each public execution suite, one module a suite."""
