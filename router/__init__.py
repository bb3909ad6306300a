"""A Federation 2 composer, query planner, executor and HTTP server for any supergraph."""
