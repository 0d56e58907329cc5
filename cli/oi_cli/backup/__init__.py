"""The whole database as files, and back: `oi backup` and `oi restore`."""
