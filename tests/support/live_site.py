"""A live page under test: its process, its tables, its streams."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import redis
from playwright.sync_api import Browser, BrowserContext, Locator, Page
from sqlalchemy import Table, create_engine, select

from oi_common.events import Event, SnapshotSaved, stream_of
from oi_common.market.buckets import IST, from_wall_time
from oi_common.tables import chain_buckets, option_snapshots
from oi_common.wire import encode
from support.grafana_day import BUCKETS, EXPIRY, INDEX, SPOT, STRIKES, time_of
from support.made_rows import row
from support.processes import Process, answers_ok, free_port

NOW = datetime(2026, 11, 20, 10, 44, 40, tzinfo=IST)
TO_UTC = timedelta(minutes=-330)
Rows = list[dict[str, Any]]
SOON = 30_000  # ms: a page on a busy machine


@dataclass
class Site:
    """A running page, its tables and its streams."""

    process: Process
    port: int
    database_url: str
    redis_url: str
    requests: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def add(self, table: Table, *rows: dict[str, Any]) -> None:
        engine = create_engine(self.database_url)
        with engine.begin() as connection:
            connection.execute(table.insert(), list(rows))
        engine.dispose()

    def publish(self, event: Event) -> None:
        with redis.Redis.from_url(self.redis_url) as client:
            client.xadd(stream_of(type(event), INDEX), encode(event))

    def stored(self, bucket: int) -> Rows:
        """Return the rows of a bucket as the database holds them."""
        engine = create_engine(self.database_url)
        query = select(option_snapshots).where(option_snapshots.c.time == time_of(bucket))
        with engine.connect() as connection:
            found = connection.execute(query.order_by(option_snapshots.c.strike)).mappings()
            rows = [dict(each) for each in found]
        engine.dispose()
        return rows

    def save_next(self, oi: int) -> None:
        """Write the bucket after the made day's last one."""
        header, rows = next_bucket(oi)
        self.add(chain_buckets, header)
        self.add(option_snapshots, *rows)


def cell(page: Page, strike: int, kind: str) -> Locator:
    return page.locator(f'tr[data-strike="{strike}"] td.{kind}')


def next_bucket(oi: int) -> tuple[dict[str, Any], Rows]:
    """Return the rows of the bucket after the made day's last, as the bucketer writes them."""
    time = time_of(BUCKETS)
    moment = time + TO_UTC
    of = {
        "time": time,
        "index_name": INDEX,
        "expiry": EXPIRY,
        "feed_time": moment,
        "source": "live",
        "reason": "oi_changed",
    }
    header = row(
        chain_buckets, **of, state="saved", is_stub=False, polls_missed=[], spot=SPOT + 40, pcr_oi=1.23, atm_strike=24600,
        saved_at=moment,
    )  # fmt: skip
    rows = [row(option_snapshots, **of, strike=strike, ce_oi=oi, pe_oi=None) for strike in STRIKES]
    return header, rows


def saved_event() -> SnapshotSaved:
    """Return the announcement of that bucket."""
    return SnapshotSaved(
        index_name=INDEX, expiry=EXPIRY, time=from_wall_time(time_of(BUCKETS)), state="saved", reason="oi_changed",
        strikes=len(STRIKES), source="live", metrics={}, rows=(),
    )  # fmt: skip


def started(
    run: Callable[..., Process], redis_url: str, database_url: str, folder: Path, **more: str
) -> Site:
    """Start the page at a moment that stands still; `run` is the fixture `running_process`."""
    at = str(NOW.timestamp())
    with redis.Redis.from_url(redis_url) as client:
        client.hset("oi:clock", mapping={"sim": at, "real": "0", "speed": "1", "limit": at})
    page, health = free_port(), free_port()
    environment = {
        "REDIS_URL": redis_url, "DATABASE_URL": database_url, "DATA_DIR": str(folder), "INDICES": f"{INDEX},BANKNIFTY",
        "HEALTH_PORT": str(health), "DASHBOARD_PORT": str(page), "DASHBOARD_HOST": "127.0.0.1", "CLOCK": "simulated",
        "INSTANCE": "dashboard-1", "LOG_FORMAT": "json", **more,
    }  # fmt: skip
    ready = f"http://127.0.0.1:{health}/readyz"
    process = run("dashboard", environment=environment, is_ready=lambda: answers_ok(ready), within=120)
    return Site(process, page, database_url, redis_url)


def opened(
    browser: Browser, site: Site, path: str = "/", width: int = 1440, height: int = 900
) -> tuple[BrowserContext, Page]:
    """Open a page and wait for its chain; every address that it asks for is kept in `site.requests`."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark", is_mobile=width < 500
    )
    context.set_default_timeout(SOON)
    page = context.new_page()
    page.on("request", lambda request: site.requests.append(request.url))
    page.goto(site.url + path, timeout=2 * SOON)
    page.wait_for_selector("#app table.chain, #app .of-chain .empty")
    return context, page
