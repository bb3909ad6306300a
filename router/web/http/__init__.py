"""GraphQL over HTTP: decoding, content negotiation, batching, encoding."""
