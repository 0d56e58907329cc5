"""A predecessor's `option_snapshots` becomes ours: decision 7 says how and why."""
