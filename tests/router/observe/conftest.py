from tests.support.router_fixtures import build_app, build_client, client, clock, graph

__all__ = ["build_app", "build_client", "client", "clock", "graph"]
