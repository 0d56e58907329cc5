"""Ledger quality: what the tables hold, what they miss, and how late it came."""

from boards.kinds import lines, numbers, table
from boards.parts import Json, Panel, Sql, dashboard, override
from boards.sql import CHAIN, INDEX, RANGE, TIME, clock, utc_range, utc_time, variables
from boards.words import counted_faults, shares

_TO_IST = 330


def board() -> Json:
    panels = [_summary(), _coverage(), _polls(), _changed(), _gaps(), _repairs(), *_lateness(), _duplicates()]
    return dashboard("quality", "Ledger quality", panels, variables())


def _summary() -> Panel:
    return numbers(
        "Coverage",
        "Buckets held of those that were due, and polls of those that were due, over the time range and all expiries.",
        "percent",
        Sql(
            "SELECT 100 * SUM(state <> 'missing') / COUNT(*) AS 'Buckets',"
            " 100 * SUM(LEAST(polls, polls_expected)) / NULLIF(SUM(polls_expected), 0) AS 'Polls',"
            " 100 * SUM(candle_status = 'merged') / NULLIF(SUM(candle_status IS NOT NULL), 0) AS 'Candles',"
            f" SUM(state = 'missing') AS 'Missing' FROM chain_buckets WHERE {INDEX} AND {RANGE}"
        ),
        width=24,
        defaults={"decimals": 2},
        overrides=(override("Missing", unit="short", decimals=0),),
    )


def _coverage() -> Panel:
    return table(
        "Coverage by day and expiry",
        "Buckets and polls of each chain and day, and how many buckets came from the broker's history afterwards.",
        "locale",
        Sql(
            "SELECT DATE_FORMAT(DATE(time), '%Y-%m-%d') AS Day, DATE_FORMAT(expiry, '%Y-%m-%d') AS Expiry,"
            " COUNT(*) AS Buckets, SUM(state <> 'missing') AS Held, SUM(state = 'missing') AS Missing,"
            " SUM(source = 'backfill') AS Backfilled, SUM(polls) AS Polls, SUM(polls_expected) AS 'Polls due',"
            " 100 * SUM(state <> 'missing') / COUNT(*) AS Coverage"
            f" FROM chain_buckets WHERE {INDEX} AND {RANGE} GROUP BY DATE(time), expiry ORDER BY DATE(time) DESC, expiry"
        ),
        overrides=(override("Coverage", **shares(99.9, 95)), override("Missing", **counted_faults())),
    )


def _polls() -> Panel:
    return lines(
        "Polls missed",
        "Polls that a bucket should have had and did not.",
        "short",
        Sql(
            f"SELECT {TIME}, GREATEST(CAST(polls_expected AS SIGNED) - CAST(polls AS SIGNED), 0) AS 'Missed',"
            f" state = 'missing' AS 'Bucket missing' FROM chain_buckets WHERE {CHAIN} AND {RANGE} ORDER BY chain_buckets.time",
            over_time=True,
        ),
        custom={"drawStyle": "bars", "fillOpacity": 60},
    )


def _changed() -> Panel:
    return lines(
        "Polls that changed some OI",
        "How many polls of a bucket changed the open interest of any contract.",
        "short",
        Sql(
            f"SELECT {TIME}, changed AS 'Changed' FROM chain_buckets WHERE {CHAIN} AND {RANGE} ORDER BY chain_buckets.time",
            over_time=True,
        ),
        custom={"drawStyle": "bars", "fillOpacity": 60},
    )


def _gaps() -> Panel:
    return table(
        "Gaps",
        "Holes of whole buckets inside the session; a hole without a repair is open. Times are IST.",
        "short",
        Sql(
            "SELECT DATE_FORMAT(expiry, '%Y-%m-%d') AS Expiry,"
            f" {clock('from_time')} AS 'From', {clock('to_time')} AS 'To', buckets AS Buckets,"
            f" {clock('noticed_at', _TO_IST)} AS Noticed, {clock('repaired_at', _TO_IST)} AS Repaired,"
            " TIMESTAMPDIFF(SECOND, noticed_at, repaired_at) AS 'Repaired after'"
            f" FROM coverage_gaps WHERE {INDEX} AND $__timeFilter(from_time) ORDER BY from_time DESC LIMIT 500"
        ),
        width=14,
        empty="No gaps in this time",
        overrides=(override("Repaired after", unit="s"),),
    )


def _repairs() -> Panel:
    return lines(
        "Repaired buckets",
        "Buckets that were told by the broker's history after the market had passed them, by their own time.",
        "short",
        Sql(
            f"SELECT {TIME}, COUNT(*) AS 'Repaired' FROM chain_buckets WHERE {INDEX} AND {RANGE} AND source = 'backfill'"
            " GROUP BY chain_buckets.time ORDER BY chain_buckets.time",
            over_time=True,
        ),
        width=10,
        empty="Nothing was repaired",
        custom={"drawStyle": "bars", "fillOpacity": 60},
    )


def _lateness() -> list[Panel]:
    def late(later: str, earlier: str) -> str:
        return f"TIMESTAMPDIFF(MICROSECOND, {earlier}, {later}) / 1000000"

    bucket_end = f"time + INTERVAL 3 MINUTE - INTERVAL {_TO_IST} MINUTE"
    return [
        lines(
            "Saved and sealed after",
            "Seconds from a bucket's first change to its snapshot, and from a bucket's end to its seal.",
            "s",
            Sql(
                f"SELECT {TIME}, {late('saved_at', 'first_change_at')} AS 'Saved', {late('sealed_at', bucket_end)} AS 'Sealed'"
                f" FROM chain_buckets WHERE {CHAIN} AND {RANGE} AND source = 'live' ORDER BY chain_buckets.time",
                over_time=True,
            ),
        ),
        lines(
            "Age of the data when polled",
            "Seconds from the exchange's feed time to the answer, for polls that changed some OI.",
            "s",
            Sql(
                f"SELECT {utc_time('polled_at')}, {late('polled_at', 'feed_time')} AS 'Age' FROM oi_changes"
                f" WHERE {CHAIN} AND {RANGE} AND {utc_range('polled_at')} AND source = 'live' ORDER BY polled_at",
                over_time=True,
            ),
        ),
    ]


def _duplicates() -> Panel:
    # From bucket to bucket, as the heat maps: a scan of the time range would read every other chain's strikes, too.
    snapshots = (
        "SELECT COUNT(*) - COUNT(DISTINCT s.time, s.strike) FROM chain_buckets b STRAIGHT_JOIN option_snapshots s"
        " ON s.time = b.time AND s.index_name = b.index_name AND s.expiry = b.expiry"
        " WHERE b.index_name = ${index:sqlstring} AND b.expiry = ${expiry:sqlstring} AND $__timeFilter(b.time)"
    )
    changes = f"SELECT COUNT(*) - COUNT(DISTINCT expiry, feed_time) FROM oi_changes WHERE {INDEX} AND {RANGE}"
    return numbers(
        "Duplicates",
        "Snapshot rows of the chain with the time and strike of another one, which the primary key rules out, and changes of"
        " the index told twice of one feed time. Both should be 0.",
        "short",
        Sql(f"SELECT ({snapshots}) AS 'Snapshot rows', ({changes}) AS 'Changes of one feed time'"),
        width=24,
    )
