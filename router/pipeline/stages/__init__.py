"""The stages that turn a request into a planned operation."""
