"""Redis' own protocol, as far as one command needs it (RESP: https://redis.io/docs/latest/develop/reference/protocol-spec)."""

from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import Final, TypeVar

KEPT: Final = 65_536  # a day has fewer prices and counts than that, and repeats them all the time

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_COUNTS: Final = [b"*%d\r\n" % count for count in range(64)]
_SIZES: Final = [b"$%d\r\n" % size for size in range(256)]


class Kept(dict[K, V]):
    """What was made once of each key. When there is too much of it, all is forgotten.

    `lru_cache` knows what to forget first; to remember that it takes three times as long.
    """

    def __init__(self, make: Callable[[K], V]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: K) -> V:
        if len(self) >= KEPT:
            self.clear()
        made = self[key] = self._make(key)
        return made


def bulk(text: str) -> bytes:
    """Return one argument of a command."""
    content = text.encode()
    return b"$%d\r\n%b\r\n" % (len(content), content)


def bulks(*texts: str) -> bytes:
    """Return arguments of a command, in turn."""
    return b"".join(map(bulk, texts))


@lru_cache(maxsize=KEPT)
def field(name: str, value: str | float) -> bytes:
    """Return the two arguments that a field is, kept from the last time."""
    return bulks(name, str(value))


def command(arguments: int, parts: list[bytes]) -> bytes:
    """Return a whole command of so many arguments."""
    return b"*%d\r\n%b" % (arguments, b"".join(parts))


def command_of(arguments: int) -> bytes:
    """Return how a command of so many arguments begins."""
    return _COUNTS[arguments]


def size_of(length: int) -> bytes:
    """Return how an argument of so many bytes begins."""
    return _SIZES[length]
