"""Watching who holds the leases while everything is being disturbed."""

import json
import time
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import redis

_EVERY = 0.1
_SIGNED_ON_WITHIN = 4_000  # ms; the living sign on each second


@dataclass
class LeaseWatch:
    """How long it took, after an owner was struck, until another held its partition.

    While every other replica is struck, cut off or starting, too, there is nobody to take it: that does not count.
    """

    client: Any
    keys: tuple[str, ...]
    held: dict[str, str] = field(default_factory=dict)
    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    _waiting: dict[str, tuple[str, float]] = field(default_factory=dict)
    _looked: float = 0.0

    def owner_of(self, service: str, partition: str) -> str | None:
        value = self.held.get(lease_key(service, partition))
        return value.partition("|")[0] if value else None

    def struck(self, instance: str) -> None:
        """Note that an instance was struck: whatever it holds is to change hands."""
        for key, value in self.held.items():
            if value.partition("|")[0] == instance:
                self._waiting.setdefault(key, (value, time.monotonic()))

    def spared(self, instance: str) -> None:
        """Note that an instance is back before its leases were gone."""
        self._waiting = {
            key: waiting for key, waiting in self._waiting.items() if waiting[0].partition("|")[0] != instance
        }

    def look(self) -> None:
        if time.monotonic() - self._looked < _EVERY:
            return
        self._looked = time.monotonic()
        try:
            values = self.client.mget(self.keys)
            signed_on = {service: self._signed_on(service) for service in map(service_of, self._waiting)}
        except (redis.RedisError, OSError):
            self._start_anew(self._waiting)
            return
        self.held = {key: value for key, value in zip(self.keys, values, strict=True) if value}
        self._note_changes()
        self._start_anew([key for key in self._waiting if not self._others(key, signed_on[service_of(key)])])

    def _signed_on(self, service: str) -> set[str]:
        seconds, microseconds = self.client.time()
        since = seconds * 1000 + microseconds // 1000 - _SIGNED_ON_WITHIN
        return set(self.client.zrangebyscore(f"oi:members:{service}", since, "+inf"))

    def _others(self, key: str, signed_on: set[str]) -> set[str]:
        return signed_on - {self._waiting[key][0].partition("|")[0]}

    def _start_anew(self, keys: Iterable[str]) -> None:
        for key in tuple(keys):
            self._waiting[key] = (self._waiting[key][0], time.monotonic())

    def _note_changes(self) -> None:
        for key, (before, since) in tuple(self._waiting.items()):
            if self.held.get(key, before) != before:
                self.took[key].append(time.monotonic() - since)
                del self._waiting[key]

    @property
    def longest(self) -> float:
        open_ones = [time.monotonic() - since for _, since in self._waiting.values()]
        return max(
            [*open_ones, *(length for lengths in self.took.values() for length in lengths)], default=0.0
        )

    @property
    def hand_overs(self) -> int:
        return sum(map(len, self.took.values()))


def wait_for_a_change(client: Any, stream: str, within: float = 2.0) -> None:
    """Return while the bucketer has a poll in hand that changes some OI: that is when a strike hurts most.

    It takes such a poll about ten milliseconds, so nothing else is done meanwhile.
    """
    deadline, telling = time.monotonic() + within, set[str]()
    with suppress(redis.RedisError, OSError):
        while time.monotonic() < deadline:
            pending = client.xpending(stream, "bucketer")["min"]
            if pending in telling:
                return
            if pending and not telling:
                telling = changing(client.xrange(stream, min=pending, count=200)) - {pending}


def changing(entries: Any) -> set[str]:
    """Return the ids of the polls whose OI is not that of the poll before."""
    last: dict[str, Any] = {}
    found = set()
    for name, fields in entries:
        oi = {(quote["strike"], quote["type"]): quote.get("oi") for quote in json.loads(fields["quotes"])}
        if last.get(fields["expiry"], oi) != oi:
            found.add(name)
        last[fields["expiry"]] = oi
    return found


def lease_key(service: str, partition: str) -> str:
    return f"oi:lease:{service}:{{{partition}}}"


def service_of(key: str) -> str:
    return key.split(":")[2]
