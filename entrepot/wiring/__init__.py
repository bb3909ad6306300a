"""The composition roots: which router, subgraphs, databases and buses a process is made of."""
