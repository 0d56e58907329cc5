"""After kills of the poller and of ingest-ws the tables are the fold over the polls that are in the stream."""

import json
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import redis

from oi_common.market.sessions import session_on
from support import ledger, oracle, redis_servers

DAY = date(2026, 11, 18)
SPEED = (
    "--day",
    DAY.isoformat(),
    "--seed",
    "11",
    "--speed",
    "60",
    "--until",
    "09:40",
    "--only",
    "ingest-ws,poller,bucketer",
)
INDICES = ("NIFTY", "BANKNIFTY")
SLOT = timedelta(seconds=20)


@contextmanager
def streams_of(demo):
    """The demo's own append-only file, served once more."""
    with (
        redis_servers.local_redis(demo.folder / "redis") as (_process, url),
        redis.Redis.from_url(url, decode_responses=True) as client,
    ):
        yield client


def polls_in(client, index):
    """Return the polls of one index in stream order, as the oracle takes them."""
    return [
        {
            "index_name": fields["index_name"],
            "expiry": date.fromisoformat(fields["expiry"]),
            "feed_time": datetime.fromisoformat(fields["feed_time"]),
            "polled_at": datetime.fromisoformat(fields["polled_at"]),
            "event_id": fields["event_id"],
            "quotes": {(quote["strike"], quote["type"]): quote for quote in json.loads(fields["quotes"])},
        }
        for _, fields in client.xrange(f"oi:polls:{{{index}}}")
    ]


def slots_without_a_poll(polls):
    """Return {(bucket, index, expiry): [HH:MM:SS]} between the open and each chain's last poll."""
    missed = {}
    opens = session_on("NFO", DAY).opens
    for index, expiry in {(poll["index_name"], poll["expiry"]) for poll in polls}:
        asked = {
            floor_to_slot(p["polled_at"]) for p in polls if (p["index_name"], p["expiry"]) == (index, expiry)
        }
        slot = opens
        while slot < max(asked):
            if slot not in asked:
                missed.setdefault((oracle.bucket_of(slot), index, expiry), []).append(f"{slot:%H:%M:%S}")
            slot += SLOT
    return missed


def floor_to_slot(at):
    return at.replace(second=at.second // 20 * 20, microsecond=0)


def test_the_tables_are_the_fold_over_the_stream_and_say_which_polls_are_missing(start_demo):
    demo = start_demo(*SPEED)
    demo.wait_until_it_runs()
    demo.kill("poller")
    demo.wait_for_output("09:24  NIFTY")
    demo.kill("ingest-ws")
    demo.kill("poller")

    demo.end()
    with streams_of(demo) as client:
        polls = [poll for index in INDICES for poll in polls_in(client, index)]
    snapshots, buckets, changes = ledger.stored(f"sqlite:///{demo.folder}/oi.db")
    expected = oracle.fold(polls, ledger.session_of, "and")

    assert demo.restarts() == {"poller": "2", "ingest-ws": "1"}
    assert snapshots == expected[0]
    assert buckets == expected[1]
    assert sorted(changes, key=str) == sorted(expected[2], key=str)
    assert len({poll["event_id"] for poll in polls}) == len(polls)
    assert missed_in(demo) == slots_without_a_poll(polls)
    assert missed_in(demo)


def missed_in(demo):
    rows = demo.table("chain_buckets")
    return {
        (datetime.fromisoformat(row["time"]), row["index_name"], date.fromisoformat(row["expiry"])): missed
        for row in rows
        if (missed := json.loads(row["polls_missed"]))
    }
