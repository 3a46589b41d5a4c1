"""Warehouse: what was generated, as immutable Parquet parts under a manifest, queried by DuckDB."""
