"""The response cache: subgraph responses stored per request or per entity, found by key, invalidated by tag."""
