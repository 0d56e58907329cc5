"""What the deep loop takes up from the tables, and sees of the market."""

from dataclasses import replace
from datetime import date, timedelta

from ai_rich.adapters.market import LiveMarket
from ai_rich.adapters.tables import RichTables
from ai_rich.core.facts import more_facts
from ai_rich.core.picture import Picture, with_snapshot
from ai_rich.core.situations import Seen, situation
from ai_rich.core.triggers import of_change
from oi_common.advice import Journal, evidence_of
from oi_common.database import Database
from oi_common.fences import Fence
from oi_common.leases import Lease
from oi_common.llm.transcripts import Transcripts
from oi_common.market.buckets import utc_naive, wall_time
from oi_common.market.chain import Contract
from oi_common.tables import paper_positions
from oi_common.upserts import upsert
from support.rich import AT, EXPIRY, changed, fair_ticks, saved, tick
from support.rich_running import publish, write_tables

BUCKET = timedelta(minutes=3)
NEXT = date(2026, 12, 1)


def tables(database_url, tmp_path):
    database = Database(database_url)
    fence = Fence(Lease("ai-rich", "NIFTY", "one", 1))
    return RichTables(database, "NIFTY", Journal(database, Transcripts(tmp_path)), fence)


async def test_a_restart_knows_what_the_events_had_told(any_database_url, tmp_path):
    # given: a chain that events and tables tell of, an old bucket, and a second chain
    events = [saved(AT - step * BUCKET, pcr_oi=1.1 - step / 100) for step in range(4, -1, -1)]
    heard = Picture(EXPIRY)
    for event in events:
        heard = with_snapshot(heard, event)
        write_tables(any_database_url, event)
    write_tables(any_database_url, saved(AT - timedelta(hours=1)))
    write_tables(any_database_url, saved(expiry=NEXT))

    pictures = await tables(any_database_url, tmp_path).pictures(AT)

    assert set(pictures) == {EXPIRY, NEXT}
    assert _facts(pictures[EXPIRY]) == _facts(heard)
    assert len(pictures[EXPIRY].buckets) == 5


async def test_without_rows_nothing_is_taken_up(sqlite_url, tmp_path):
    assert await tables(sqlite_url, tmp_path).pictures(AT) == {}


async def test_the_newest_tick_of_each_contract_and_of_the_index_is_seen(redis, sqlite_url):
    old, now = fair_ticks(AT - timedelta(seconds=5)), tick(AT, strike=24500, side="CE", ltp=103.0)
    other = tick(AT, strike=24500, side="PE", ltp=9.0).model_copy(
        update={"expiry": NEXT, "event_id": "other"}
    )
    future = tick(ltp=24600.0).model_copy(update={"expiry": NEXT, "event_id": "future"})
    await publish(redis, *old, now, other, future)
    await redis.xadd("oi:ticks:{NIFTY}", {"symbol": "nonsense"})

    seen = await LiveMarket(redis, Database(sqlite_url), "NIFTY").look(EXPIRY, AT)

    assert seen.spot.ltp == 24512.35
    assert {contract: quote.ask for contract, quote in seen.quotes.items()} == {
        Contract(24500, "CE"): 103.0,
        Contract(24500, "PE"): 98.5,
    }
    assert seen.position is None


async def test_the_open_position_of_the_chain_is_seen(redis, any_database_url):
    database = Database(any_database_url)
    rows = [_position("old", state="closed"), _position("open"), _position("next", expiry=NEXT)]
    await database.run(lambda connection: upsert(connection, paper_positions, rows))

    seen = await LiveMarket(redis, database, "NIFTY").look(EXPIRY, AT)

    held = seen.position
    assert (held.contract, held.quantity, held.entry) == (Contract(24500, "CE"), 65, 100.0)
    assert (held.stop_loss, held.target, held.held_minutes, held.best) == (101.0, 130.0, 6.0, 118.0)


def _facts(picture):
    it = replace(situation("NIFTY", AT, picture, Seen()), momentum={})
    return dict(evidence_of(it).with_facts(more_facts(of_change(changed(), 0.1), picture, it)).facts)


def _position(trade_id, state="open", expiry=EXPIRY):
    entered = AT - timedelta(minutes=6)
    return {
        "trade_id": trade_id,
        "state": state,
        "index_name": "NIFTY",
        "segment": "NFO",
        "expiry": expiry,
        "strike": 24500,
        "side": "CE",
        "loop": "rich",
        "engine": "rules",
        "lots": 1,
        "lot_size": 65,
        "quantity": 65,
        "time": wall_time(entered),
        "entered_at": utc_naive(entered),
        "entry_price": 100,
        "entry_charges": 25,
        "stop_loss": 85,
        "target": 130,
        "stop": 101,
        "highest": 118,
        "last_at": utc_naive(AT),
        "last_ltp": 117,
        "tick_id": "0-0",
    }
