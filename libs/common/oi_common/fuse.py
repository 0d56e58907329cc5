"""The fuse on dead letters: when too much of a stream cannot be processed, its group takes nothing more of it.

Its state lies in Redis beside the stream, so that a restart does not reset it; a person does (`oi dead reset`).
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from oi_common import metrics
from oi_common.connections import AsyncRedis
from oi_common.errors import FuseBlown
from oi_common.slots import tag_of

HANDLED: Final = "."
BURIED: Final = "x"
FUSES: Final = "oi:state:fuse:"


@dataclass(frozen=True, slots=True)
class FusePolicy:
    """Blown once `least` or more, and more than half, of the last `window` entries taken were buried."""

    window: int = 200
    least: int = 50


class Fuse:
    """Says whether a group may take entries of a stream; `EffectsWriter` writes what happened to each."""

    def __init__(self, redis: AsyncRedis, group: str, policy: FusePolicy | None = None) -> None:
        self._redis = redis
        self._group = group
        self._policy = policy or FusePolicy()

    def key(self, stream: str) -> str:
        return f"{FUSES}{self._group}:{tag_of(stream)}"

    def told(self, outcome: str) -> dict[str, object]:
        """Return what the script needs to know to judge one entry's outcome."""
        return {"outcome": outcome, "window": self._policy.window, "least": self._policy.least}

    async def check(self, streams: Iterable[str]) -> None:
        """Raise FuseBlown, with all a person needs to know, when one of the streams has a blown fuse."""
        for stream in streams:
            share = await self._redis.hget(self.key(stream), blown_field(stream))
            metrics.FUSE.labels(group=self._group, stream=stream).set(share is not None)
            if share is not None:
                letters = await self._redis.xrevrange(f"{stream}:dead", count=self._policy.window)
                ours = [fields for _, fields in letters if fields.get("dead_group") == self._group]
                raise FuseBlown(stream, blown_because(stream, self._group, share, ours))


def blown_field(stream: str) -> str:
    """Return the field that is there once the stream's fuse is blown; it says how many of how many were buried."""
    return f"{stream}|blown"


def blown_because(stream: str, group: str, share: str, letters: Iterable[Mapping[str, str]]) -> str:
    """Say what happened, why most often, and what to do next."""
    reasons = Counter(kind_of(fields.get("dead_reason", "unknown")) for fields in letters)
    most = "; they are no longer there to say why"
    if reasons:
        [(reason, count)] = reasons.most_common(1)
        most = f", most often ({count} times) because of {_printable(reason)}"
    return (
        f"fuse blown: {group} could not process {share} entries of {stream}{most}. It takes nothing more until a "
        f"person resets the fuse: see `oi dead list`, mend the cause, then `oi dead reset '{stream}'`"
    )


def kind_of(reason: str) -> str:
    """Leave the value out of a reason, so that equal faults are counted together."""
    return reason.split(" (was ", maxsplit=1)[0]


def _printable(text: str) -> str:
    return text if text.isprintable() else json.dumps(text)
