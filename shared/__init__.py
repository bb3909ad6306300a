"""The kernel every subgraph stands on: values, identity, databases, events and the GraphQL base."""
