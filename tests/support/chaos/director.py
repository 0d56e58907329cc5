"""Doing the faults of a schedule: each is a generator that lets moments pass by `yield`."""

import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import redis

from support.chaos.acts import Act, service_of
from support.chaos.crew import Member
from support.chaos.held_time import HeldTime
from support.chaos.stage import DATABASE, REDIS, Stage
from support.chaos.watching import LeaseWatch, wait_for_a_change
from support.databases import is_database_up
from support.proxy import Mode, Proxy
from support.redis_servers import is_redis_up

Moments = Iterator[None]
_NOTHING_READ = ("0-0", 0)
_BREATH = 8.0  # after the last act, so that it still meets polls
_OVERFLOWED = '"spool.overflowed"'
_AWAITED = 30.0  # seconds for which a victim that is down just now is waited for


class Director:
    """Lets the acts of a schedule happen, several at once, and counts what really struck."""

    def __init__(self, stage: Stage, watch: LeaseWatch, schedule: list[Act]) -> None:
        self.struck: Counter[str] = Counter()
        self._stage = stage
        self._crew = stage.crew
        self._watch = watch
        self._to_come = list(schedule)
        self._running: list[Moments] = []
        self._began: float | None = None
        self._slowness = 1.0
        self._lasts = max((act.at + act.lasts for act in schedule), default=0.0) + _BREATH
        self._time = HeldTime(stage, self._lasts)

    @property
    def is_done(self) -> bool:
        return not self._to_come and not self._running

    def begin(self, slowness: float = 1.0) -> None:
        """Begin the schedule; on a slow machine its acts come further apart, so that each still meets what it is for.

        How long each lasts stays: leases and time-outs do not stretch either.
        """
        self._slowness = slowness
        self._time.lasts = self._lasts * slowness
        self._began = time.monotonic()

    def look(self) -> None:
        """Begin what is due, and go on with what is under way."""
        if self._began is None:
            return
        now = time.monotonic() - self._began
        self._time.pace(now)
        while self._to_come and self._to_come[0].at * self._slowness <= now:
            act = self._to_come.pop(0)
            self._stage.say(
                f"{act.kind} {act.who} {f'{act.lasts:.1f} s' if act.lasts else ''} {act.terms or ''}"
            )
            self._running.append(getattr(self, f"_{act.kind}")(act))
        self._running = [running for running in self._running if next(running, self) is not self]

    def _kill(self, act: Act) -> Moments:
        yield from self._strike(act, lambda who: self._crew.kill(who, act.lasts))

    def _freeze(self, act: Act) -> Moments:
        who = yield from self._strike(act, self._crew.freeze)
        if who is None:
            return
        yield from _while(act.lasts)
        self._crew.wake(who)
        self._watch.spared(who)

    def _leave(self, act: Act) -> Moments:
        """SIGTERM, and back after a while: the number of replicas changes."""
        who = yield from self._strike(act, self._crew.leave)
        if who is None:
            return
        yield from _while(act.lasts)
        self._crew.join(who)

    def _strike(self, act: Act, strike: Callable[[str], bool]) -> Generator[None, None, str | None]:
        """Strike whoever is meant as soon as it is there to be struck; return its name, None when it never was."""
        deadline = time.monotonic() + _AWAITED
        while not strike(who := self._named(act.who)):
            if time.monotonic() > deadline:
                return None
            yield
        self._watch.struck(who)
        self.struck[f"{act.kind if act.kind != 'stumble' else act.terms['then']} {service_of(who)}"] += 1
        return who

    def _cut(self, act: Act) -> Moments:
        """Cut a wire; where nobody noticed, cut it again, for by now somebody else may own what it is about."""
        server, mode = act.terms["server"], act.terms["mode"]
        for _ in range(4):
            who = self._named(act.who)
            wire, victim = self._stage.wires[who, server], self._crew.members[who]
            yield from self._until(_is_whole(wire, victim))
            before = wire.broken
            wire.turn(mode)
            if server == REDIS and act.lasts > 10:
                self._watch.struck(who)
            yield from _while(act.lasts)
            yield from self._until(partial(_is_noticed, wire, before), within=10)
            wire.turn(Mode.PASS)
            self._watch.spared(who)
            if wire.broken > before:
                self.struck[f"cut {service_of(who)} {server} {mode}"] += 1
                return
            yield from _while(1)

    def _fill_spool(self, act: Act) -> Moments:
        """Cut the poller off Redis with its polls in hand, more of them than its disk quota holds.

        It knows the time from Redis: cut off at any other moment it would have nothing to keep.
        """
        wire, victim = self._stage.wires[act.who, REDIS], self._crew.members[act.who]
        before = victim.process.output.count(_OVERFLOWED)

        def is_full() -> bool:
            return victim.process.output.count(_OVERFLOWED) > before

        for _ in range(8):
            yield from self._until(_is_whole(wire, victim))
            yield from self._time.until_a_minute_begins()
            self._stage.ask(
                "/simulator/faults", {"latency_ms": {"value": 400, "times": 4, "endpoint": "quote"}}
            )
            self._time.let_go()
            yield from _while(0.1)
            wire.turn(Mode.REFUSE)
            yield from self._until(is_full, within=4)
            wire.turn(Mode.PASS)
            if is_full():
                self.struck["spool overflow"] += 1
                return
            yield from _while(0.5)

    def _database(self, act: Act) -> Moments:
        if not self._crew.kill(DATABASE, act.lasts):
            return
        self.struck["restart database"] += 1
        yield from self._until(lambda: is_database_up(self._stage.database_url))

    def _redis(self, act: Act) -> Moments:
        """Kill Redis; `held`: while no poller is at work."""
        if act.terms.get("held"):
            yield from self._time.hold()
        if self._crew.kill(REDIS, act.lasts):
            self.struck["restart redis"] += 1
        yield from self._until(lambda: is_redis_up(self._stage.redis_url))
        self._time.let_go()

    def _stumble(self, act: Act) -> Moments:
        """Let work pile up behind a database that is away, and strike its owner while it catches up."""
        yield from self._database(Act(act.at, "database", lasts=1.0))
        stream = f"oi:polls:{{{act.who.rpartition(':')[2]}}}"
        before = self._position(stream)
        yield from self._until(lambda: self._position(stream) not in {before, None})
        wait_for_a_change(self._stage.redis, stream)
        yield from getattr(self, f"_{act.terms['then']}")(act)
        self.struck[f"{act.terms['then']} in catch-up"] += 1

    def _position(self, stream: str) -> tuple[str, int] | None:
        """Return how far the bucketer's group is in a stream."""
        try:
            groups: list[Any] = self._stage.redis.xinfo_groups(stream)
        except (redis.RedisError, OSError):
            return None
        found = [one for one in groups if one["name"] == "bucketer"]
        return (found[0]["last-delivered-id"], found[0]["pending"]) if found else None

    def _rewind(self, act: Act) -> Moments:
        """Have a group be given entries again that it has been given; never forward, that would be a loss."""
        stream = f"oi:polls:{{{act.who}}}"
        yield from self._until(lambda: self._position(stream) not in {None, _NOTHING_READ})
        position = self._position(stream)
        if position is None:
            return
        with suppress(redis.RedisError, OSError):
            entries: Any = self._stage.redis.xrevrange(stream, max=position[0], count=act.terms["entries"])
            if entries:
                self._stage.redis.xgroup_setid(stream, "bucketer", entries[-1][0])
                self.struck["rewind"] += 1
        yield

    def _broker(self, act: Act) -> Moments:
        """Let the broker fail; how often it did is its own count."""
        self._stage.ask("/simulator/faults", act.terms)
        yield

    def _named(self, who: str) -> str:
        """Return the instance that is meant: `owner:SERVICE:PARTITION` is whoever owns it now."""
        if not who.startswith("owner:"):
            return who
        _, service, partition = who.split(":")
        return self._watch.owner_of(service, partition) or self._stage.plan.instances(service)[0]

    @staticmethod
    def _until(is_so: Callable[[], bool], within: float = _AWAITED) -> Moments:
        deadline = time.monotonic() + within
        while not is_so() and time.monotonic() < deadline:
            yield


def _while(seconds: float) -> Moments:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        yield


def _is_whole(wire: Proxy, victim: Member) -> Callable[[], bool]:
    """Say whether a wire can be cut: nobody has, and somebody awake is connected by it."""
    return lambda: wire.mode is Mode.PASS and wire.connections > 0 and not victim.is_frozen


def _is_noticed(wire: Proxy, before: int) -> bool:
    return wire.broken > before
