"""Leases: which replica of a service owns which partition, fenced by a token that only grows."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

import structlog

from oi_common.connections import REDIS_DOWN, AsyncRedis, full_redis_is_unavailable
from oi_common.errors import LeaseLost, Unavailable
from oi_common.metrics import OWNED
from oi_common.waiting import wait

_ACQUIRE = """
local held = redis.call('GET', KEYS[1])
if held and string.match(held, '^(.*)|%d+$') ~= ARGV[1] then
  return 0
end
local token = redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[1], ARGV[1] .. '|' .. token, 'PX', ARGV[2])
return token
"""
# One that ran out is still ours while nobody has been given a newer token.
_RENEW = """
local held = redis.call('GET', KEYS[1])
if held == ARGV[1] or (not held and redis.call('GET', KEYS[2]) == string.match(ARGV[1], '%d+$')) then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return 1
end
return 0
"""
# The token moves on, so that no renewal which the network held back brings the lease to life again.
_RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('INCR', KEYS[2])
  return redis.call('DEL', KEYS[1])
end
return 0
"""

# The living sign on again and again; the server's clock decides who has fallen silent.
_SIGN_ON = """
local now = redis.call('TIME')
local ms = now[1] * 1000 + math.floor(now[2] / 1000)
redis.call('ZADD', KEYS[1], ms, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ms - ARGV[2])
return redis.call('ZCARD', KEYS[1])
"""


@dataclass(frozen=True, slots=True)
class LeasePolicy:
    """A dead owner is replaced within `lasts` + 2 `retried`: the last is until the living know that it is gone."""

    lasts: timedelta = timedelta(seconds=10)
    renewed: timedelta = timedelta(seconds=2.5)
    renewed_again: timedelta = timedelta(seconds=0.5)  # when Redis did not answer
    retried: timedelta = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on one partition until it expires. Writers compare `value`, databases `token`."""

    service: str
    partition: str
    owner: str
    token: int

    @property
    def key(self) -> str:
        return lease_key(self.service, self.partition)

    @property
    def value(self) -> str:
        return f"{self.owner}|{self.token}"


Work = Callable[[Lease, asyncio.Event], Awaitable[None]]


class Leases:
    """Takes, keeps and gives back the leases of one replica of one service."""

    def __init__(
        self, redis: AsyncRedis, service: str, owner: str, policy: LeasePolicy | None = None
    ) -> None:
        self._redis = redis
        self._service = service
        self._owner = owner
        self._policy = policy or LeasePolicy()
        self._acquire = redis.register_script(_ACQUIRE)
        self._renew = redis.register_script(_RENEW)
        self._release = redis.register_script(_RELEASE)
        self._log = structlog.get_logger().bind(owner=owner)
        self._sign = redis.register_script(_SIGN_ON)
        self._members = 1
        self._owned: set[str] = set()

    async def acquire(self, partition: str) -> Lease | None:
        """Take a partition nobody owns, or take our own again; None when another replica holds it.

        Raises Unavailable when Redis is full.
        """
        key = lease_key(self._service, partition)
        with full_redis_is_unavailable():
            token = await self._acquire(
                keys=[key, f"{key}:token"], args=[self._owner, _ms(self._policy.lasts)]
            )
        return Lease(self._service, partition, self._owner, int(token)) if token else None

    async def raise_token(self, partition: str, at_least: int) -> None:
        """Make the next token exceed `at_least`: a database may remember more than a fresh Redis."""
        await self._redis.set(f"{lease_key(self._service, partition)}:token", at_least)

    async def renew(self, lease: Lease) -> bool:
        """Say whether the lease is ours for another while; False once another replica may have worked."""
        keys = [lease.key, f"{lease.key}:token"]
        return bool(await self._renew(keys=keys, args=[lease.value, _ms(self._policy.lasts)]))

    async def release(self, lease: Lease) -> None:
        with suppress(*REDIS_DOWN):  # then it expires by itself
            await self._release(keys=[lease.key, f"{lease.key}:token"], args=[lease.value])

    async def work_on(self, partitions: tuple[str, ...], work: Work, stop: asyncio.Event) -> None:
        """Run `work` for every partition while this replica holds its lease, until `stop`."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._sign_on(stop))
            for partition in partitions:
                tasks.create_task(self._stand_by(partition, len(partitions), work, stop))

    async def _stand_by(self, partition: str, count: int, work: Work, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                lease = await self.acquire(partition) if len(self._owned) < self._fair_share(count) else None
            except (Unavailable, *REDIS_DOWN) as e:
                self._log.warning("lease.waiting", partition=partition, error=str(e))
                lease = None
            if lease is not None:
                await self._own(lease, count, work, stop)
            await wait(stop, self._policy.retried)

    async def _own(self, lease: Lease, count: int, work: Work, stop: asyncio.Event) -> None:
        self._log.info("lease.taken", partition=lease.partition, token=lease.token)
        self._owned.add(lease.partition)
        OWNED.labels(service=self._service).set(len(self._owned))
        done = asyncio.Event()
        relay = asyncio.create_task(_relay(stop, done))
        keeper = asyncio.create_task(self._keep(lease, count, done))
        try:
            await work(lease, done)
        except LeaseLost as e:
            self._log.warning("lease.lost", partition=lease.partition, error=str(e))
        finally:
            self._owned.discard(lease.partition)
            OWNED.labels(service=self._service).set(len(self._owned))
            for task in (relay, keeper):
                task.cancel()
            await asyncio.gather(relay, keeper, return_exceptions=True)
            await self.release(lease)

    async def _keep(self, lease: Lease, count: int, done: asyncio.Event) -> None:
        """Renew until the lease is lost; while Redis is away nobody else can take it either."""
        patience = self._policy.renewed
        while not done.is_set():
            await asyncio.sleep(patience.total_seconds())
            patience = self._policy.renewed
            try:
                if not await self.renew(lease):
                    self._log.warning("lease.lost", partition=lease.partition)
                    done.set()
                elif self._owns_too_many(count) and lease.partition == max(self._owned):
                    self._log.info("lease.given_up", partition=lease.partition)
                    done.set()
            except REDIS_DOWN as e:
                patience = self._policy.renewed_again
                self._log.warning("lease.waiting", partition=lease.partition, error=str(e))

    async def _sign_on(self, stop: asyncio.Event) -> None:
        """Keep this replica in the list of the living, by which partitions are shared out."""
        members = f"oi:members:{self._service}"
        while not stop.is_set():
            # Until Redis takes it again, the others count as many as they last did.
            with suppress(Unavailable, *REDIS_DOWN), full_redis_is_unavailable():
                self._members = await self._sign(keys=[members], args=[self._owner, _ms(self._policy.lasts)])
            await wait(stop, self._policy.retried)
        with suppress(*REDIS_DOWN):
            await self._redis.zrem(members, self._owner)

    def _owns_too_many(self, count: int) -> bool:
        return len(self._owned) > self._fair_share(count)

    def _fair_share(self, count: int) -> int:
        return ceil(count / max(self._members, 1))


async def _relay(stop: asyncio.Event, done: asyncio.Event) -> None:
    await stop.wait()
    done.set()


def lease_key(service: str, partition: str) -> str:
    """Return the key that is there while a replica of the service works on the partition."""
    return f"oi:lease:{service}:{{{partition}}}"


def _ms(length: timedelta) -> int:
    return int(length.total_seconds() * 1000)
