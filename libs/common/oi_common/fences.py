"""The database's fence around a partition: who owns it now, so that an owner who was frozen changes nothing."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import ColumnElement, Connection, and_, insert, select, update

from oi_common.database import Database
from oi_common.errors import LeaseLost, Unavailable
from oi_common.leases import Lease, Leases
from oi_common.tables import partition_fences
from oi_common.waiting import wait

_RETRY = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Fence:
    """The row of one lease's partition in `partition_fences`."""

    lease: Lease

    def claim(self, connection: Connection) -> int | None:
        """Make this lease's token the partition's. Returns the stored token if it is not older."""
        lease, stored = self.lease, self._stored(connection)
        if stored is not None and stored >= lease.token:
            return stored
        if stored is None:
            row = {"service": lease.service, "partition_name": lease.partition, "token": lease.token}
            connection.execute(insert(partition_fences).values(row))
        else:
            connection.execute(update(partition_fences).where(self._here()).values(token=lease.token))
        return None

    def check(self, connection: Connection) -> None:
        """Hold the row until the commit. Raises LeaseLost for a partition that has a newer owner."""
        stored, lease = self._stored(connection), self.lease
        if stored != lease.token:
            raise LeaseLost(f"{lease.partition}: token {lease.token} is not the database's {stored}")

    def _stored(self, connection: Connection) -> int | None:
        query = select(partition_fences.c.token).where(self._here()).with_for_update()
        return connection.execute(query).scalar_one_or_none()

    def _here(self) -> ColumnElement[bool]:
        return and_(
            partition_fences.c.service == self.lease.service,
            partition_fences.c.partition_name == self.lease.partition,
        )


async def claim_partition(database: Database, leases: Leases, fence: Fence, stop: asyncio.Event) -> None:
    """Tell the database who owns the partition now. Raises LeaseLost when it knows of a newer owner."""
    lease = fence.lease
    while not stop.is_set():
        try:
            stored = await database.run(fence.claim)
        except Unavailable as e:
            structlog.get_logger().warning("fence.waiting", partition=lease.partition, error=str(e))
            await wait(stop, _RETRY)
            continue
        if stored is not None:
            # A fresh Redis counts its tokens from one again, the database remembers better.
            await leases.raise_token(lease.partition, stored)
            raise LeaseLost(f"{lease.partition}: the database holds token {stored}, ours is {lease.token}")
        return
