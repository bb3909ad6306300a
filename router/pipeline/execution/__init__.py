"""The execution of a prepared request against the subgraphs."""
