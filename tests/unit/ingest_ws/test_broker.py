"""The broker's session and master, as the feed sees them."""

import asyncio
import contextlib
from datetime import date, datetime, timedelta

import pytest

from ingest_ws.adapters.broker import BrokerPasses, Catalogue
from ingest_ws.core.packets import SNAP_QUOTE
from ingest_ws.core.subscriptions import subscription
from ingest_ws.core.ticks import Instrument as Ours
from ingest_ws.settings import Settings
from oi_common.broker.contracts import Instrument, Instruments
from oi_common.broker.tokens import Tokens
from oi_common.errors import Misconfigured, Unavailable
from oi_common.market.buckets import IST

NEAR, NEXT, FAR = date(2026, 1, 20), date(2026, 1, 27), date(2026, 2, 24)


def index(token, name):
    return Instrument("NSE", token, name, name, "AMXIDX", 1, 0.05)


def option(expiry, strike=24_500, side="CE"):
    token = f"{expiry:%m%d}{strike}{side}"
    return Instrument("NFO", token, f"NIFTY{token}", "NIFTY", "OPTIDX", 75, 0.05, expiry, strike, side)


FUTURES = [
    Instrument("NFO", f"f{expiry:%m%d}", f"NIFTY{expiry:%m%d}FUT", "NIFTY", "FUTIDX", 75, 0.05, expiry)
    for expiry in (NEXT, FAR)
]
ROWS = [
    index("99926000", "NIFTY"),
    index("99926017", "INDIA VIX"),
    *FUTURES,
    *(option(expiry) for expiry in (FAR, NEAR, NEXT)),
]


class Master:
    """Counts how often it is loaded."""

    def __init__(self, rows=ROWS):
        self.rows = rows
        self.loads = 0
        self.now = datetime(2026, 1, 20, 10, 0, tzinfo=IST)

    async def load(self):
        self.loads += 1
        return Instruments(self.rows)

    def catalogue(self, **choices):
        return Catalogue(self.load, lambda: self.now, **({"expiries": 2, "with_chains": True} | choices))


async def test_a_family_is_the_index_its_nearest_future_and_the_nearest_chains():
    [nifty] = await Master().catalogue().families(["NIFTY"])

    assert nifty.spot == Ours("NIFTY", "NSE", "99926000", "NIFTY")
    assert nifty.future == Ours("NIFTY", "NFO", "f0127", "NIFTY0127FUT", NEXT)
    assert {each.expiry for each in nifty.options} == {NEAR, NEXT}
    assert nifty.options[0] == Ours("NIFTY", "NFO", "012024500CE", "NIFTY012024500CE", NEAR, 24_500, "CE")


async def test_the_vix_has_no_chain_and_may_be_missing():
    [vix] = await Master().catalogue().families(["INDIAVIX"])
    assert (vix.spot.underlying, vix.options) == ("INDIAVIX", ())

    without = Master([row for row in ROWS if row.token != "99926017"])
    assert await without.catalogue().families(["INDIAVIX"]) == ()


async def test_an_index_that_is_not_listed_is_refused():
    with pytest.raises(Misconfigured, match="BANKNIFTY"):
        await Master().catalogue().families(["BANKNIFTY"])


async def test_indices_alone_have_no_chain():
    [nifty] = await Master().catalogue(with_chains=False).families(["NIFTY"])

    assert list(nifty.instruments()) == [nifty.spot]


async def test_the_master_is_loaded_once_a_day_and_the_day_begins_when_it_is_out():
    master = Master()
    catalogue = master.catalogue()

    await catalogue.families(["NIFTY"])
    master.now += timedelta(hours=20)  # 06:00, before the broker has written today's
    await catalogue.families(["NIFTY"])
    assert master.loads == 1

    master.now += timedelta(hours=3)
    [nifty] = await catalogue.families(["NIFTY"])
    assert master.loads == 2
    assert {each.expiry for each in nifty.options} == {NEXT, FAR}


class Broken(Master):
    """Serves yesterday's master while today's cannot be had, fails without either, and counts the loads."""

    def __init__(self):
        super().__init__()
        self.kept_of = self.now - timedelta(days=1)
        self.fails = False

    async def load(self):
        self.loads += 1
        if self.fails:
            raise Unavailable("instrument master: cannot be downloaded")
        return Instruments(self.rows, self.kept_of or self.now)


@contextlib.asynccontextmanager
async def kept_fresh(catalogue):
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(catalogue.keep_fresh(stop, timedelta(milliseconds=1)))
        yield
        stop.set()


async def until(holds):
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.001)


async def test_a_kept_master_serves_until_todays_can_be_had():
    master = Broken()
    catalogue = master.catalogue()
    await catalogue.families(["NIFTY"])
    kept = catalogue.edition

    async with kept_fresh(catalogue):
        await until(lambda: master.loads >= 3)
        assert catalogue.edition == kept
        master.fails = True
        failed_from = master.loads
        await until(lambda: master.loads >= failed_from + 2)
        assert [family.name for family in await catalogue.families(["NIFTY"])] == ["NIFTY"]
        master.fails, master.kept_of = False, None
        await until(lambda: catalogue.edition != kept)

    assert catalogue.edition == (master.now.date(), master.now)


async def test_todays_master_is_not_asked_for_again():
    master = Broken()
    master.kept_of = None
    looks = []

    def now():
        looks.append(master.now)
        return master.now

    catalogue = Catalogue(master.load, now, expiries=2, with_chains=True)
    await catalogue.families(["NIFTY"])

    async with kept_fresh(catalogue):
        looks.clear()
        await until(lambda: len(looks) >= 5)

    assert master.loads == 1


def silver(token, expiry, strike=None, side=None):
    kind = "FUTCOM" if strike is None else "OPTFUT"
    return Instrument("MCX", token, f"SILVERMIC{token}", "SILVERMIC", kind, 1, 1.0, expiry, strike, side)


SILVER = [
    silver("f1", date(2026, 2, 27)),
    silver("f2", date(2026, 4, 30)),
    silver("o1", date(2026, 2, 25), 150_000, "CE"),
    silver("o2", date(2026, 4, 28), 150_000, "PE"),
]


async def test_a_commoditys_money_is_measured_by_the_future_of_its_nearest_chain():
    [family] = await Master(SILVER).catalogue().families(["SILVERMIC"])

    assert family.spot == Ours("SILVERMIC", "MCX", "f1", "SILVERMICf1", date(2026, 2, 27))
    assert family.future.token == "f2"
    assert [each.token for each in family.options] == ["o1", "o2"]
    assert {each.segment for each in family.instruments()} == {"MCX"}


async def test_between_the_end_of_its_options_and_its_own_a_future_measures_nothing():
    master = Master(SILVER)
    master.now = datetime(2026, 2, 26, 20, 0, tzinfo=IST)

    [family] = await master.catalogue().families(["SILVERMIC"])

    assert (family.spot.token, [each.token for each in family.options]) == ("f2", ["o2"])


async def test_a_commodity_without_options_is_its_nearest_future():
    [family] = await Master(SILVER[:2]).catalogue().families(["SILVERMIC"])

    assert [each.token for each in family.instruments()] == ["f1"]


async def test_a_share_alone_is_followed_as_what_trades():
    reliance = Instrument("NSE", "2885", "RELIANCE-EQ", "RELIANCE", "", 1, 0.1)

    [family] = await Master([reliance]).catalogue(with_chains=False).families(["RELIANCE"])

    assert list(family.instruments()) == [Ours("RELIANCE", "NSE", "2885", "RELIANCE-EQ", is_share=True)]
    assert subscription(family.spot).mode == SNAP_QUOTE


class Session:
    """A session whose tokens change with every renewal."""

    def __init__(self):
        self.renewed = []

    async def tokens(self):
        return Tokens(f"token-number-{len(self.renewed)}", "refresh-token", "feed-token")

    async def renew(self, stale):
        self.renewed.append(stale.jwt)
        return await self.tokens()


@pytest.fixture
def settings():
    return Settings(
        angel_api_key="simulated",
        angel_client_code="S1",
        angel_pin="1234",
        angel_totp_secret="JBSWY3DPEHPK3PXP",  # pragma: allowlist secret
    )


async def test_a_refused_pass_is_renewed_with_the_tokens_it_was_made_of(settings):
    session = Session()
    passes = BrokerPasses(session, settings)

    stale = await passes.current()
    fresh = await passes.renewed(stale)

    assert session.renewed == ["token-number-0"]
    assert (fresh.jwt, fresh.feed_token, fresh.api_key, fresh.client_code) == (
        "token-number-1",
        "feed-token",
        "simulated",
        "S1",
    )


async def test_a_pass_that_another_slot_has_renewed_meanwhile_is_not_renewed_again(settings):
    session = Session()
    passes = BrokerPasses(session, settings)
    stale = await passes.current()
    await passes.renewed(stale)

    await passes.renewed(stale)

    assert session.renewed == ["token-number-0"]
