"""The commerce system: one package a domain, each with its own database, none importing another."""
