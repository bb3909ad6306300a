"""What operators see and do: administration, pruning, rebuilding, metrics."""
