"""Understanding what tools print: one small module per family of tools, one registry, typed results."""
