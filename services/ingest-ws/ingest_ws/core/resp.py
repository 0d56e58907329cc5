"""Redis' own protocol, as far as one command needs it (RESP: https://redis.io/docs/latest/develop/reference/protocol-spec)."""

from functools import lru_cache

_KEPT = 65_536  # a day has fewer prices and counts than that, and repeats them all the time


def bulk(text: str) -> bytes:
    """Return one argument of a command."""
    content = text.encode()
    return b"$%d\r\n%b\r\n" % (len(content), content)


def bulks(*texts: str) -> bytes:
    """Return arguments of a command, in turn."""
    return b"".join(map(bulk, texts))


@lru_cache(maxsize=_KEPT)
def field(name: str, value: str | float) -> bytes:
    """Return the two arguments that a field is, kept from the last time."""
    return bulks(name, str(value))


def command(arguments: int, parts: list[bytes]) -> bytes:
    """Return a whole command of so many arguments."""
    return b"*%d\r\n%b" % (arguments, b"".join(parts))
