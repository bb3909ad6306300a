"""Subgraphs as somebody else writes them, two with Strawberry and two with Ariadne: each module holds an ASGI `app`."""
