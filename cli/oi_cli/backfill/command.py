"""`oi backfill`: have the holes of past days repaired from the broker's history."""

import asyncio
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated

import typer
from rich.console import Console

from oi_cli.backfill.holes import Tables
from oi_cli.backfill.signs import RedisSigns
from oi_cli.backfill.summary import Counts, after_lines, before_lines
from oi_cli.backfill.telling import telling
from oi_cli.backfill.waiting import Repair, Reports, Teller
from oi_cli.backfill.wishes import Refused, Wishes, span, wishes
from oi_cli.exits import Exit
from oi_cli.reading import Settings
from oi_cli.streams import Streams
from oi_common.backfill import BackfillDesk
from oi_common.clock import WallClock
from oi_common.connections import connect_redis
from oi_common.market.buckets import wall_time
from oi_common.market.underlyings import INDICES

Index = Annotated[
    list[str] | None,
    typer.Option("--index", help="NIFTY, BANKNIFTY, ...; may be said again. Default: INDICES."),
]
Day = Annotated[datetime | None, typer.Option("--day", formats=["%Y-%m-%d"], help="One day.")]
From = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day.")]
To = Annotated[
    datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day. Default: that of --from.")
]


def backfill(index: Index = None, day: Day = None, first: From = None, last: To = None) -> None:
    """Repair the holes of past days: OI, prices and index candles, from the broker's history.

    The poller fetches, the bucketer writes; both must be running. Live rows are never changed, and a second run
    finds nothing more to do. Exit code 1 when something is missing still.
    """
    settings = Settings.load()
    console = Console(highlight=False, soft_wrap=True)
    now = present(settings.redis_url)
    wanted = checked(index, (_date(day), _date(first), _date(last)), settings.indices, now.date())
    for closed in wanted.closed:
        console.print(f"{closed:%a %d %b %Y}  the market was closed, skipped")
    tables = Tables(settings.database_url)
    try:
        code = repair(console, settings.redis_url, tables, wanted, wall_time(now))
    except KeyboardInterrupt:
        console.print(
            "\nstopped watching; the poller works on. Run the same command again to see how far it is"
        )
        code = Exit.BROKEN
    finally:
        tables.close()
    raise typer.Exit(code)


def checked(
    index: list[str] | None,
    days: tuple[date | None, date | None, date | None],
    usual: tuple[str, ...],
    today: date,
) -> Wishes:
    """Return what is wished for. Raises BadParameter, naming the option, for what cannot be."""
    try:
        return wishes(known_indices(index, usual) or usual, *span(*days), today)
    except Refused as e:
        raise typer.BadParameter(str(e), param_hint=e.option) from e


def known_indices(given: list[str] | None, usual: tuple[str, ...]) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip().upper() for name in given or ()))
    unknown = [name for name in names if name not in INDICES and name not in usual]
    if unknown:
        said = f"{', '.join(unknown)} is not an index we know; choose from {', '.join(sorted(INDICES))}"
        raise Refused("--index", said)
    return names


def present(redis_url: str) -> datetime:
    """Return the present moment: the simulated exchange's, where one publishes its time."""
    wall, streams = WallClock().now(), Streams(redis_url)
    try:
        exchange = streams.exchange_time(wall.timestamp())
    finally:
        streams.close()
    return exchange.now if exchange is not None else wall


def repair(console: Console, redis_url: str, tables: Tables, wanted: Wishes, until: datetime) -> Exit:
    """Have repaired what is missing, and say what came of it."""

    def say(line: str) -> None:
        console.print(f"  {line}", markup=False)

    before = counted(tables, wanted.days, until)
    holed = {
        name: days
        for name, of_index in wanted.days.items()
        if (days := tuple(day for day in of_index if before[name, day].total))
    }
    if not holed:
        console.print("nothing to repair: no bucket and no candle is missing")
        return Exit.FINE
    for line in before_lines(before):
        say(line)
    with telling(console) as teller:
        reports = asyncio.run(asked(redis_url, teller, holed))
    after = counted(tables, holed, until)
    for line in after_lines(before, after, reports):
        say(line)
    return Exit.BROKEN if any(holes.total for holes in after.values()) else Exit.FINE


def counted(tables: Tables, days: Mapping[str, tuple[date, ...]], until: datetime) -> Counts:
    return {
        (name, day): tables.holes(name, day, until) for name, of_index in days.items() for day in of_index
    }


async def asked(redis_url: str, teller: Teller, days: Mapping[str, tuple[date, ...]]) -> Reports:
    redis = connect_redis(redis_url)
    try:
        return await Repair(BackfillDesk(redis), RedisSigns(redis), teller).run(days)
    finally:
        await redis.aclose()


def _date(day: datetime | None) -> date | None:
    return None if day is None else day.date()
