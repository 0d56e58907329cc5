"""Rows of the tables as Parquet or CSV files: `oi export`, and what backups and the archive are made of."""
