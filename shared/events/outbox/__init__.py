"""The outbox: events written with their cause, and sent afterwards."""
