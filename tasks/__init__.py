"""Tasks: the Prefect tasks of the chain, and the shard work that each of them wraps."""
