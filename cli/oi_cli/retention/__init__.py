"""Old days out of the database into files, and back: `oi archive`."""
