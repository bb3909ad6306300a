"""Random supergraphs split out of one schema, and what it takes to compare their answers with that schema's own."""
