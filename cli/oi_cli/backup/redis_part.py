"""What is only in Redis and cannot be made again: buried entries, and what the models have cost today.

Bytes become text by Latin-1, one character each, so that an entry that is no text comes back as it was.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from oi_cli.backup.manifest import Kept, sha256_of
from oi_cli.letters import SUFFIX
from oi_common.connections import REDIS_DOWN, connect_redis_blocking
from oi_common.errors import Unavailable
from oi_common.legacy.progress import Progress

_FILE = "redis.jsonl"
_SPENT = "oi:ai:spent:*"
_PAGE = 200


def keep_redis(url: str, folder: Path, progress: Progress) -> Kept | None:
    """Write the file, and say so when Redis is away: the backup of the database is worth having without it."""
    file, lines = folder / _FILE, 0
    try:
        with _connected(url) as client, file.open("w", encoding="utf-8") as opened:
            for line in _lines(client):
                opened.write(json.dumps(line) + "\n")
                lines += 1
    except Unavailable as e:
        file.unlink(missing_ok=True)
        progress.say(f"dead letters and the models' spending are NOT in this backup: {e}")
        return None
    return Kept(_FILE, lines, sha256_of(file))


def give_back(url: str, file: Path) -> tuple[int, int]:
    """Put back what Redis does not hold; return how many lines there were and how many were put back.

    Raises Unavailable when Redis is away. It may be run again: an entry keeps its id.
    """
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    with _connected(url) as client:
        return len(lines), sum(_put(client, line) for line in lines)


def _lines(client: Any) -> Iterator[dict[str, Any]]:
    for key in sorted(client.scan_iter(match=_SPENT, count=1000)):
        yield {"spent": _text(key), "value": _text(client.get(key)), "ttl": client.ttl(key)}
    for stream in sorted(client.scan_iter(match=f"oi:*{SUFFIX}", count=1000)):
        for entry_id, fields in _entries(client, stream):
            told = [[_text(name), _text(value)] for name, value in fields.items()]
            yield {"stream": _text(stream), "id": _text(entry_id), "fields": told}


def _entries(client: Any, stream: bytes) -> Iterator[tuple[bytes, dict[bytes, bytes]]]:
    first = "-"
    while page := client.xrange(stream, first, "+", count=_PAGE):
        yield from page
        first = f"({_text(page[-1][0])}"


def _put(client: Any, line: dict[str, Any]) -> bool:
    if "spent" in line:
        kept = line["ttl"] if line["ttl"] > 0 else None
        return bool(client.set(_bytes(line["spent"]), line["value"], nx=True, ex=kept))
    stream, entry_id = _bytes(line["stream"]), line["id"]
    if client.xrange(stream, entry_id, "+", count=1):
        return (
            False  # it is there, or newer ones are: a stream takes nothing that is older than its last entry
        )
    client.xadd(stream, {_bytes(name): _bytes(value) for name, value in line["fields"]}, id=entry_id)
    return True


@contextmanager
def _connected(url: str) -> Iterator[Any]:
    client = connect_redis_blocking(url)
    try:
        yield client
    except REDIS_DOWN as e:
        raise Unavailable(f"Redis does not answer ({e})") from e
    finally:
        client.close()


def _text(value: bytes | str) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _bytes(text: str) -> bytes:
    return text.encode("latin-1")
