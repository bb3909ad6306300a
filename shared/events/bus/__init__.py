"""The event bus, in memory or in Kafka."""
