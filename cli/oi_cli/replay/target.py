"""Refusing to replay into what is live: a target is empty, or it is not touched."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import inspect, make_url, select

from oi_cli.reading import connect_reader, reading
from oi_common.connections import connect_redis_blocking, redis_away_is_unavailable
from oi_common.errors import Misconfigured
from oi_common.origin import ORIGIN_KEY
from oi_common.settings import ServiceSettings
from oi_common.tables import metadata

_MYSQL_PORT, _REDIS_PORT = 3306, 6379
_WHAT_TO_DO = "a replay needs one of its own, or leave the option away and an embedded one is used"


def refuse_live(into: str | None, redis_url: str | None, environment: Mapping[str, str]) -> None:
    """Raise Misconfigured for the servers that the environment names: what is empty there is to become live."""
    live_database = environment.get("DATABASE_URL") or ServiceSettings.model_fields["database_url"].default
    live_redis = environment.get("REDIS_URL") or ServiceSettings.model_fields["redis_url"].default
    if into is not None and _database(into) == _database(live_database):
        raise Misconfigured(f"--into: that is DATABASE_URL, the live database; {_WHAT_TO_DO}")
    if redis_url is not None and _redis(redis_url) == _redis(live_redis):
        raise Misconfigured(f"--redis: that is REDIS_URL, the live Redis; {_WHAT_TO_DO}")


def _database(url: str) -> tuple[str | int | None, ...]:
    """Return what tells databases apart, whoever logs in through whatever driver."""
    parsed = make_url(url)
    return parsed.host, parsed.port or _MYSQL_PORT, parsed.database


def _redis(url: str) -> tuple[str | int | None, ...]:
    parts = urlsplit(url)
    return parts.hostname, parts.port or _REDIS_PORT, parts.path.strip("/") or "0"


def refuse_used_redis(url: str) -> None:
    """Raise Misconfigured when any of the project's keys is there, Unavailable when the server is away."""
    redis = connect_redis_blocking(url)
    try:
        with redis_away_is_unavailable():
            used = next(iter(redis.scan_iter(match="oi:*", count=1_000)), None)
            origin = redis.get(ORIGIN_KEY) if used is not None else None
    finally:
        redis.close()
    if used is None:
        return
    whose = f"{origin.decode()} data" if origin else "the project's data"
    raise Misconfigured(
        f"--redis: this Redis holds {whose} ({used.decode()}), and a replay would mix its entries with them; "
        f"{_WHAT_TO_DO} (another database of the same server, redis://HOST:PORT/1, is one of its own)"
    )


def refuse_used_database(url: str) -> None:
    """Raise Misconfigured when one of the project's tables has rows, Unavailable when the server is away."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").exists():
        return
    engine = connect_reader(url)
    try:
        with reading(engine) as connection:
            there = set(inspect(connection).get_table_names())
            used = [
                table.name
                for table in metadata.sorted_tables
                if table.name in there
                and connection.execute(select(*table.primary_key.columns).limit(1)).first() is not None
            ]
    finally:
        engine.dispose()
    if used:
        raise Misconfigured(
            f"--into: this database holds rows already ({', '.join(used)}), and a replay would write among "
            f"them; {_WHAT_TO_DO}"
        )
