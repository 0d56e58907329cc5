"""What survives `kill -9`: the rows that are committed, and all that Redis holds. Taken, compared, put back."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import redis as sync_redis
from sqlalchemy import Connection, Table, delete, insert, make_url, select

from oi_common.database import Database


class Key(NamedTuple):
    """A key as Redis can restore it; `lasts` in milliseconds, 0 is forever."""

    dump: bytes
    lasts: int


@dataclass(frozen=True, slots=True)
class Durable:
    """`told` is what all of it says, for comparison: dumps also hold when a consumer was last seen."""

    rows: Mapping[str, Sequence[Mapping[str, Any]]]
    keys: Mapping[bytes, Key]
    lengths: Mapping[str, int]  # of streams
    told: str


class Disk:
    """One Redis and some tables of one SQLite database, looked at from outside the process that writes them."""

    def __init__(self, redis_url: str, sqlite_url: str, tables: Sequence[Table]) -> None:
        self._redis: Any = sync_redis.Redis.from_url(redis_url)  # its annotations for replies are loose
        self._database = Database(sqlite_url)
        self._tables = tables
        self._file = sqlite3.connect(str(make_url(sqlite_url).database), check_same_thread=False)

    def close(self) -> None:
        self._redis.close()
        self._database.close()
        self._file.close()

    def stamp(self) -> tuple[object, ...]:
        """Return what is another with every commit and every writing command; cheap to ask for."""
        told = self._redis.info("persistence")
        [commits] = self._file.execute("PRAGMA data_version").fetchone()
        return commits, told["rdb_changes_since_last_save"], told["rdb_last_save_time"]

    def taken(self) -> Durable:
        rows = self._database.run_blocking(self._rows, only_reads=True)
        names = sorted(self._redis.keys())
        pipe = self._redis.pipeline(transaction=True)
        for name in names:
            pipe.dump(name).pttl(name)
        found = pipe.execute()
        pairs = zip(found[::2], found[1::2], strict=True)
        keys = {name: Key(dump, max(ttl, 0)) for name, (dump, ttl) in zip(names, pairs, strict=True) if dump}
        told = {name: self._told(name) for name in keys}
        lengths = {name.decode(): len(said[0]) for name, said in told.items() if isinstance(said, tuple)}
        return Durable(rows, keys, lengths, repr((rows, told)))

    def put_back(self, durable: Durable | None) -> None:
        """Make both as they were; None is empty."""
        self._redis.flushall()
        for name, key in durable.keys.items() if durable else ():
            self._redis.restore(name, key.lasts, key.dump)
        self._database.run_blocking(lambda connection: self._fill(connection, durable))

    def _rows(self, connection: Connection) -> dict[str, list[dict[str, Any]]]:
        return {
            table.name: [
                dict(row)
                for row in connection.execute(select(table).order_by(*table.primary_key.columns)).mappings()
            ]
            for table in self._tables
        }

    def _fill(self, connection: Connection, durable: Durable | None) -> None:
        for table in self._tables:
            connection.execute(delete(table))
            if durable and durable.rows[table.name]:
                connection.execute(insert(table), [dict(row) for row in durable.rows[table.name]])

    def _told(self, name: bytes) -> object:
        kind = self._redis.type(name)
        if kind == b"stream":
            groups = [_of_group(group) for group in self._redis.xinfo_groups(name)]
            return self._redis.xrange(name), groups
        if kind == b"hash":
            return sorted(self._redis.hgetall(name).items())
        if kind == b"zset":
            return sorted(self._redis.zrange(name, 0, -1))
        return self._redis.get(name)


def _of_group(group: Mapping[str, Any]) -> tuple[Any, ...]:
    return group["name"], group["last-delivered-id"], group["pending"]
