"""The page's queries on a real MySQL or MariaDB and on SQLite: they find what is stored, and change nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import create_engine, event, select

from dashboard.adapters.desk import DeskReader
from dashboard.adapters.ledger import Ledger
from dashboard.core.choice import Choice, DeskKey
from oi_common import tables
from oi_common.database import Database
from oi_common.errors import Unavailable
from oi_common.tables import chain_buckets, option_snapshots
from support.grafana_day import BUCKETS, DAY, EXPIRY, INDEX, MISSING, STRIKES, time_of
from support.made_rows import row


def stored(url, table, **where):
    engine = create_engine(url)
    query = select(table)
    for name, value in where.items():
        query = query.where(table.c[name] == value)
    with engine.connect() as connection:
        rows = [dict(each) for each in connection.execute(query).mappings()]
    engine.dispose()
    return rows


def add(url, table, *rows):
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(table.insert(), list(rows))
    engine.dispose()


async def test_the_present_is_the_last_bucket_of_the_last_day(database, filled_url):
    chain = await Ledger(database).chain(Choice(INDEX))

    assert (chain.day, chain.expiry, chain.bucket.time) == (DAY, EXPIRY, time_of(BUCKETS - 1))
    assert chain.times == tuple(time_of(each) for each in range(BUCKETS))
    rows = stored(filled_url, option_snapshots, time=time_of(BUCKETS - 1))
    assert [(one.strike, one.ce.oi, one.pe.oi_change) for one in chain.rows] == [
        (each["strike"], each["ce_oi"], each["pe_oi_change"]) for each in rows
    ]
    assert [one.strike for one in chain.rows] == list(STRIKES)
    assert chain.rows[0].ce.oi_since_open == 100 * (BUCKETS - 1)


async def test_measures_come_as_numbers_and_what_is_null_stays_unknown(database):
    bucket = (await Ledger(database).chain(Choice(INDEX))).bucket

    assert (bucket.pcr, bucket.max_pain, bucket.straddle, bucket.skew) == (0.9, 24500, 180.5, 1.5)
    assert bucket.support[0].strike == 24500
    assert bucket.windows["3m"]["status"] == "complete"
    assert bucket.signal_reasons == ()
    assert (await Ledger(database).chain(Choice(INDEX))).vix is None


async def test_an_earlier_bucket_is_shown_as_it_was_then(database, filled_url):
    at = time_of(5)

    chain = await Ledger(database).chain(Choice(INDEX).at_bucket(at))

    assert (chain.bucket.time, chain.rows_at) == (at, at)
    assert max(point.time for point in chain.points) == at
    assert len(chain.times) == BUCKETS
    assert chain.rows[0].ce.oi == stored(filled_url, option_snapshots, time=at)[0]["ce_oi"]


async def test_a_missing_bucket_shows_the_snapshot_before_it(database):
    chain = await Ledger(database).chain(Choice(INDEX).at_bucket(time_of(MISSING)))

    assert (chain.bucket.state, chain.rows_at) == ("missing", time_of(MISSING - 1))
    assert chain.points[-1].spot is None


async def test_a_moment_between_buckets_is_of_the_bucket_before(database):
    chain = await Ledger(database).chain(Choice(INDEX).at_bucket(time_of(5) + timedelta(minutes=2)))

    assert chain.bucket.time == time_of(5)


async def test_a_moment_before_the_open_has_no_snapshot(database):
    chain = await Ledger(database).chain(Choice(INDEX).at_bucket(time_of(0) - timedelta(hours=1)))

    assert chain.rows == ()


async def test_an_expiry_that_the_day_does_not_have_gives_the_nearest(database):
    chain = await Ledger(database).chain(Choice(INDEX, expiry=EXPIRY + timedelta(days=7)))

    assert chain.expiry == EXPIRY


async def test_a_bucket_without_a_snapshot_yet_does_not_hide_the_last_one(database, filled_url):
    opened = {
        "index_name": INDEX,
        "expiry": EXPIRY,
        "time": time_of(BUCKETS),
        "state": "open",
        "is_stub": False,
    }
    add(filled_url, chain_buckets, row(chain_buckets, **opened, polls_missed=[]))

    chain = await Ledger(database).chain(Choice(INDEX))

    assert (chain.bucket.time, len(chain.rows)) == (time_of(BUCKETS - 1), len(STRIKES))
    assert chain.times[-1] == time_of(BUCKETS)


async def test_another_underlying_and_a_day_without_buckets_are_empty(database):
    ledger = Ledger(database)

    assert await ledger.chain(Choice("BANKNIFTY")) is None
    empty = await ledger.chain(Choice(INDEX).on_day(DAY - timedelta(days=1)))
    assert (empty.bucket, empty.rows, empty.times) == (None, (), ())


async def test_the_stored_days_are_listed_newest_first(database, filled_url):
    before = {"index_name": INDEX, "expiry": EXPIRY, "state": "sealed", "is_stub": False, "polls_missed": []}
    add(filled_url, chain_buckets, row(chain_buckets, **before, time=time_of(0) - timedelta(days=1)))

    assert await Ledger(database).days(INDEX) == (DAY, DAY - timedelta(days=1))
    assert await Ledger(database).days("BANKNIFTY") == ()


async def test_the_desk_tells_decisions_with_their_score_and_open_positions(database):
    desk = await DeskReader(database).desk(DeskKey(INDEX, DAY))

    (decision,) = desk.decisions
    assert (decision.decision, decision.side, decision.strike, decision.net) == ("ENTER", "CE", 24550, 90.0)
    (position,) = desk.positions
    assert (position.exited_at, position.entry_price) == (None, 90.0)
    assert len(desk.equity) == BUCKETS - 1


async def test_at_an_earlier_moment_nobody_knew_what_came_later(database):
    desk = await DeskReader(database).desk(DeskKey(INDEX, DAY, time_of(3)))

    assert (desk.decisions, desk.positions) == ((), ())
    assert [point.time for point in desk.equity] == [time_of(each) for each in range(4)]
    later = await DeskReader(database).desk(DeskKey(INDEX, DAY, time_of(4)))
    assert [one.net for one in later.decisions] == [None]


async def test_a_position_that_was_closed_later_was_open_then(database, filled_url):
    closed = {
        "trade_id": "d2", "state": "closed", "index_name": INDEX, "expiry": EXPIRY, "strike": 24500, "side": "PE",
        "time": time_of(4), "entered_at": time_of(4) - timedelta(hours=5.5), "entry_price": 80,
        "exited_at": time_of(8) - timedelta(hours=5.5), "exit_price": 99, "exit_reason": "target", "pnl_net": 1200,
        "stop_loss": 70, "stop": 85,
    }  # fmt: skip
    add(filled_url, tables.paper_positions, row(tables.paper_positions, **closed))
    reader = DeskReader(database)

    then = (await reader.desk(DeskKey(INDEX, DAY, time_of(6)))).positions
    now = (await reader.desk(DeskKey(INDEX, DAY))).positions

    (was_open,) = [one for one in then if one.side == "PE"]
    assert (was_open.exited_at, was_open.net, was_open.stop, was_open.last) == (None, None, 70.0, None)
    assert [(one.side, one.net) for one in now] == [("CE", None), ("PE", 1200.0)]
    assert now[1].exited_at == time_of(8)


async def test_an_alert_is_told_once_however_many_chats_got_it_and_reports_are_none(database, filled_url):
    at = time_of(2) - timedelta(hours=5.5)
    whole = {
        "day": DAY,
        "at": at,
        "index_name": INDEX,
        "body": [["NIFTY PCR above 1", "bold"], ["\nspot 24,512", "plain"]],
    }
    kinds = [
        ("a", 1, "info", "pcr_cross"),
        ("a", 2, "info", "pcr_cross"),
        ("b", 1, "report", "brief"),
        ("c", 1, "info", "decision"),
    ]
    add(
        filled_url,
        tables.alerts_sent,
        *(
            row(tables.alerts_sent, **whole, event_id=e, chat_id=c, severity=s, rule=r)
            for e, c, s, r in kinds
        ),
    )

    alerts = (await DeskReader(database).desk(DeskKey(INDEX, DAY))).alerts

    assert [(one.event_id, one.at, one.text) for one in alerts] == [("a", time_of(2), "spot 24,512")]
    assert (await DeskReader(database).desk(DeskKey(INDEX, DAY, time_of(1)))).alerts == ()


async def test_heartbeats_are_read_as_they_stand(database):
    (service,) = await DeskReader(database).services()

    assert (service.name, service.instance, service.status) == ("bucketer", "b-1", "ready")


async def test_nothing_but_selects_is_ever_sent(database):
    sent = []
    event.listen(
        database.engine, "before_cursor_execute", lambda *call: sent.append(call[2].split()[0].upper())
    )

    await Ledger(database).chain(Choice(INDEX).at_bucket(time_of(3)))
    await Ledger(database).days(INDEX)
    await DeskReader(database).desk(DeskKey(INDEX, DAY, time_of(9)))
    await DeskReader(database).services()

    assert set(sent) <= {"SELECT", "BEGIN"}
    assert sent.count("SELECT") >= 10


async def test_a_database_without_tables_is_away_and_says_what_to_do(empty_database_url):
    database = Database(empty_database_url)

    with pytest.raises(Unavailable, match="oi migrate"):
        await Ledger(database).chain(Choice(INDEX))
    database.close()
