"""What tests share: a clock to move, a subgraph to call, the whole mesh."""
