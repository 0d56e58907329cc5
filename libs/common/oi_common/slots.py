"""Redis Cluster's hash slots: keys that a script touches together must carry the same tag."""


def tag_of(stream: str) -> str:
    """Return the hash tag that puts a key into the stream's slot: its partition in braces, or its whole name."""
    start = stream.find("{")
    return stream[start : stream.index("}", start) + 1] if start >= 0 else f"{{{stream}}}"
