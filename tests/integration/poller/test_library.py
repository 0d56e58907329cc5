"""The poller's library: what it writes into the table `instruments`, and what it does without a database."""

import asyncio
import json
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from oi_common.broker.master import MasterRules
from oi_common.broker.settings import BrokerSettings
from oi_common.database import Database
from oi_common.market.buckets import IST, utc_naive
from oi_common.migrations import upgrade
from oi_common.tables import instruments
from poller.adapters.library import LibraryRules, MasterLibrary
from support.file_server import Reply, serving
from support.masters import NIFTY, VIX, chain, full_master, index, master, row

MORNING = datetime(2026, 8, 6, 8, 45, tzinfo=IST)
DAY = timedelta(days=1)
SOON = LibraryRules(MasterRules(least_rows=3), timedelta(milliseconds=20), timedelta(milliseconds=20))
OPTION = "NIFTY 2026-08-11 24500 CE"


class Standing:
    """A clock that stands until it is set."""

    def __init__(self):
        self.at = MORNING

    def now(self):
        return self.at


@pytest.fixture
def clock():
    return Standing()


@pytest.fixture
def reply():
    return Reply(master(VIX))


@pytest.fixture
def library_on(reply, clock, tmp_path):
    """A library that downloads the reply and writes to the given database: library_on(url)."""
    opened = []
    with serving(reply) as address:

        def on(database_url, rules=SOON, names=("NIFTY",)):
            settings = BrokerSettings(
                angel_api_key="k",
                angel_client_code="A1",
                angel_pin="4321",
                angel_totp_secret="JBSWY3DPEHPK3PXP",  # pragma: allowlist secret
                angel_master_url=address,
                data_dir=tmp_path / "data",
                indices=names,
            )
            opened.append(Database(database_url))
            return MasterLibrary(settings, clock, opened[-1], rules)

        yield on
        for database in opened:
            database.close()


def rows(url):
    database = Database(url)
    try:
        found = database.run_blocking(lambda c: c.execute(select(instruments)).mappings().all())
    finally:
        database.close()
    return {row["contract"]: row for row in found}


async def rows_once(url, holds, within=20.0):
    async with asyncio.timeout(within):
        while not holds(found := await asyncio.to_thread(rows, url)):
            await asyncio.sleep(0.02)
    return found


def seen(at):
    """Say whether the table's newest rows are of the master downloaded then."""
    return lambda found: max((row["seen_at"] for row in found.values()), default=None) == utc_naive(at)


async def test_a_loaded_master_is_written_contract_by_contract(any_database_url, library_on):
    await library_on(any_database_url).reload()

    found = await rows_once(any_database_url, len)

    assert len(found) == 2 + 2 + 30  # spot and VIX, futures, options
    option, future = found[OPTION], found["NIFTY 2026-08-25 FUT"]
    assert (option["exchange"], option["token"], option["expiry"]) == (
        "NFO",
        "24500CE11AUG2026",
        date(2026, 8, 11),
    )
    assert (option["strike"], option["option_type"], option["lot_size"]) == (24500, "CE", 65)
    assert float(option["tick_size"]) == 0.05
    assert (future["token"], future["strike"], future["option_type"]) == ("9001", None, None)
    assert (found["NIFTY"]["token"], found["INDIAVIX"]["symbol"]) == ("99926000", "India VIX")
    assert option["first_seen_at"] == option["seen_at"] == utc_naive(MORNING)


async def test_a_recycled_token_is_two_rows_and_a_contract_keeps_its_first_day(
    any_database_url, library_on, reply, clock
):
    library = library_on(any_database_url)
    await library.reload()
    await rows_once(any_database_url, seen(MORNING))
    listed = row("24500CE06AUG2026", "NIFTY25AUG2624500CE", expiry="25AUG2026", strike=24500)
    reply.body = json.dumps([NIFTY, VIX, *chain(), listed]).encode()
    clock.at += DAY

    await library.reload()

    found = await rows_once(any_database_url, seen(MORNING + DAY))
    expired, new = found["NIFTY 2026-08-06 24500 CE"], found["NIFTY 2026-08-25 24500 CE"]
    assert expired["token"] == new["token"] == "24500CE06AUG2026"
    assert (expired["seen_at"], new["first_seen_at"]) == (utc_naive(MORNING), utc_naive(MORNING + DAY))
    assert (found[OPTION]["first_seen_at"], found[OPTION]["seen_at"]) == (
        utc_naive(MORNING),
        utc_naive(MORNING + DAY),
    )


async def test_a_contract_that_got_another_token_has_the_new_one(any_database_url, library_on, reply, clock):
    library = library_on(any_database_url)
    await library.reload()
    await rows_once(any_database_url, seen(MORNING))
    reply.body = master(VIX).replace(b'"24500CE11AUG2026"', b'"77"')
    clock.at += DAY

    await library.reload()

    found = await rows_once(any_database_url, seen(MORNING + DAY))
    assert found[OPTION]["token"] == "77"
    assert len(found) == 34


async def test_loading_the_same_master_again_writes_the_same_rows(any_database_url, library_on):
    await library_on(any_database_url).reload()
    written = await rows_once(any_database_url, len)
    spoilt = update(instruments).where(instruments.c.contract == OPTION).values(lot_size=1)
    await Database(any_database_url).run(lambda c: c.execute(spoilt))

    await library_on(any_database_url).reload()

    assert await rows_once(any_database_url, lambda found: found[OPTION]["lot_size"] == 65) == written


async def test_yesterdays_copy_serves_until_todays_can_be_had(sqlite_url, library_on, reply, clock):
    await library_on(sqlite_url).reload()
    await rows_once(sqlite_url, seen(MORNING))
    good, reply.body = reply.body, b"null"
    clock.at += DAY
    library = library_on(sqlite_url)

    await library.reload()
    kept = library.instruments
    reply.body = good

    await rows_once(sqlite_url, seen(MORNING + DAY))
    assert kept.downloaded_at == MORNING
    assert library.instruments.downloaded_at == MORNING + DAY


async def test_without_a_database_the_master_is_there_and_the_table_is_written_later(tmp_path, library_on):
    url = f"sqlite:///{tmp_path}/later.db"
    library = library_on(url)

    await library.reload()
    await asyncio.sleep(0)

    assert library.instruments.expiries("NIFTY", on=date(2026, 8, 6))
    await asyncio.to_thread(upgrade, url)
    assert await rows_once(url, len)


async def test_all_contracts_of_a_real_master_are_written_in_one_transaction(
    any_database_url, library_on, reply
):
    reply.body = full_master(20_000)

    await library_on(any_database_url, names=("NIFTY", "BANKNIFTY")).reload()

    assert len(await rows_once(any_database_url, len)) == 6_843


async def test_an_index_may_be_listed_without_india_vix(sqlite_url, library_on, reply):
    reply.body = json.dumps([NIFTY, index("1", "Nifty Bank", "BANKNIFTY"), *chain()]).encode()

    await library_on(sqlite_url).reload()

    assert set(await rows_once(sqlite_url, len)) >= {"NIFTY", OPTION}
