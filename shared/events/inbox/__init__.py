"""The inbox: events received, each handled once."""
