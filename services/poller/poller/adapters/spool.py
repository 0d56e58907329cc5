"""A file of events that Redis could not take: appended with fsync, bounded, read back in order."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

from oi_common.events import EVENTS, Event
from oi_common.wire import decode, encode

_KINDS = {event.kind: event for event in EVENTS}


class Spool:
    """One partition's file, one event a line. Blocking: call it in a thread.

    When it is full the oldest events stay and the new one is refused: a prefix without holes can be repaired
    from the broker's history, a series of holes hardly.
    """

    def __init__(self, path: Path, most_bytes: int) -> None:
        self._path = path
        self._most_bytes = most_bytes

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return self._path.stat().st_size if self._path.exists() else 0

    def append(self, event: Event) -> bool:
        """Write an event to the disk, and say whether there was room for it."""
        line = json.dumps({"kind": event.kind, "fields": encode(event)}, separators=(",", ":")) + "\n"
        written = line.encode()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a+b") as file:
            end = _cut_torn_line(file.fileno())
            if end + len(written) > self._most_bytes:
                return False
            file.write(written)
            file.flush()
            os.fsync(file.fileno())
        return True

    def events(self) -> Iterator[Event]:
        """Yield the events in the order they were appended; a line torn by a crash is left out."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            for line in file:
                if line.endswith(b"\n"):
                    said = json.loads(line)
                    yield decode(_KINDS[said["kind"]], said["fields"])

    def clear(self) -> None:
        """Forget everything: all of it has been published."""
        self._path.unlink(missing_ok=True)


def _cut_torn_line(file: int) -> int:
    """Cut off a last line that a crash left unfinished; return where to write on."""
    end = os.lseek(file, 0, os.SEEK_END)
    keep = end
    while keep and os.pread(file, 1, keep - 1) != b"\n":
        keep -= 1
    if keep < end:
        os.ftruncate(file, keep)
    return keep
