"""Connections of clients to the server: bounded in number, size and time before anything of them is stored."""
