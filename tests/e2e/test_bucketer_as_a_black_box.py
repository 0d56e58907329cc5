"""The command `bucketer`, with only REDIS_URL and DATABASE_URL set, takes entries added by any client."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import pytest
import redis
from sqlalchemy import text

from oi_common.database import connect_database

BIN = Path(sys.executable).parent


def poll(index, at, *quotes, **changes):
    fields = {
        "v": "1", "index_name": index, "expiry": "2026-11-24", "segment": "NFO",
        "feed_time": f"2026-11-20T{at}+05:30", "polled_at": f"2026-11-20T{at}+05:30", "source": "live",
        "spot": "24512.4", "lot_size": "65",
        "quotes": json.dumps([{"strike": k, "type": s, "oi": oi, "ltp": 99.95} for k, s, oi in quotes]),
    }  # fmt: skip
    return {name: value for name, value in {**fields, **changes}.items() if value is not None}


@pytest.fixture
def client(redis_url):
    with redis.Redis.from_url(redis_url, decode_responses=True, encoding_errors="replace") as connection:
        yield connection


@pytest.fixture
def only_two_variables(redis_url, any_database_url):
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "REDIS_URL": redis_url, "DATABASE_URL": any_database_url}


@pytest.fixture
def bucketer(only_two_variables, tmp_path):
    log = (tmp_path / "bucketer.log").open("w")
    process = subprocess.Popen(
        [BIN / "bucketer"], env=only_two_variables, cwd=tmp_path, stderr=log, stdout=log
    )
    yield process
    process.kill()
    process.wait()
    log.close()


def eventually(claim, within=20.0):
    deadline = monotonic() + within
    while not (found := claim()):
        assert monotonic() < deadline, "it did not come about in time"
        sleep(0.05)
    return found


def query(url, sql):
    engine = connect_database(url)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(sql))]
    engine.dispose()
    return found


def test_rows_appear_as_the_design_says(client, any_database_url, bucketer):
    for index in ("NIFTY", "BANKNIFTY"):
        polls = f"oi:polls:{{{index}}}"
        client.xadd(polls, poll(index, "09:15:20", (24500, "CE", 650), (24500, "PE", 1300)))
        client.xadd(polls, poll(index, "09:15:40", (24500, "CE", 715), (24500, "PE", 1300)))
        client.xadd(polls, poll(index, "09:18:20", (24500, "CE", 715), (24500, "PE", 1300)))
        client.xadd(polls, poll(index, "09:21:20", (24500, "CE", 780), (24500, "PE", 1300)))
        candle = {"index_name": index, "time": "2026-11-20T09:15:00+05:30", "source": "live"}
        client.xadd(
            f"oi:candles:{{{index}}}", {**candle, "open": 24500, "high": 24520, "low": 24490, "close": 24510}
        )
        greeks = {
            "index_name": index,
            "expiry": "2026-11-24",
            "feed_time": "2026-11-20T09:16:00+05:30",
            "v": 1,
        }
        rows = json.dumps([{"strike": 24500, "type": "CE", "iv": 12.5, "delta": 0.5}])
        client.xadd(f"oi:greeks:{{{index}}}", {**greeks, "source": "broker", "rows": rows})

    eventually(
        lambda: len(query(any_database_url, "select 1 from option_snapshots where index_close > 0")) == 2
    )
    eventually(lambda: len(query(any_database_url, "select 1 from option_snapshots")) == 4)
    told = "select 1 from option_snapshots where ce_greeks_source = 'broker' and ce_iv > 0"
    eventually(lambda: len(query(any_database_url, told)) == 2)
    rows = query(
        any_database_url,
        "select time, ce_oi, ce_oi_change, ce_ltp, pe_oi, pe_greeks_source, reason from option_snapshots "
        "where index_name = 'NIFTY' order by time",
    )
    assert [(str(t)[11:16], *map(plain, rest)) for t, *rest in rows] == [
        ("09:15", 650, None, 99.95, 1300, "model", "baseline"),
        ("09:21", 780, 130, 99.95, 1300, "model", "oi_changed"),
    ]
    headers = query(
        any_database_url,
        "select time, polls, changed, state, reason from chain_buckets where index_name = 'BANKNIFTY' order by time",
    )
    assert [(str(t)[11:16], *rest) for t, *rest in headers] == [
        ("09:15", 2, 2, "sealed", "baseline"),
        ("09:18", 1, 0, "open", None),
        ("09:21", 1, 1, "saved", "oi_changed"),
    ]
    newest = client.xrevrange("oi:changes:{NIFTY}", count=1)[0][1]
    assert json.loads(newest["changes"])[0] == {
        "strike": 24500, "type": "CE", "prev_oi": 715, "oi": 780, "change": 65, "percent": 9.0909,
    }  # fmt: skip


NONSENSE = [
    ({"feed_time": None}, "feed_time: is missing"),
    ({"lot_size": "many"}, "lot_size: "),
    ({"quotes": '[{"strike": 24500, "type": "CE", "oi": -65}]'}, "quotes.0.oi: "),
    ({"quotes": '[{"strike": 0, "type": "CE", "oi": 65}]'}, "quotes.0.strike: "),
    ({"feed_time": "2026-11-20T09:15:40"}, "feed_time: "),
    ({"quotes": json.dumps([{"strike": 24500, "type": "CE", "oi": 10**30}])}, "quotes.0.oi: "),
    ({"quotes": '[{"strike": 24500, "type": "CE", "ltp": 1e300}]'}, "quotes.0.ltp: "),
    ({"quotes": "[" * 100_000}, "quotes: is not JSON"),
    ({"segment": b"\xff"}, "segment: "),
    ({"quotes": "not a list"}, "quotes: is not JSON (was 'not a list')"),
    ({"index_name": "BANKNIFTY"}, "index_name: 'BANKNIFTY' does not belong to partition NIFTY"),
    ({"segment": "MOON"}, "segment: 'MOON' is not a segment we know"),
]


def test_nonsense_goes_to_the_dead_letters_and_the_good_entries_behind_it_are_processed(
    client, any_database_url, bucketer
):
    for changes, _ in NONSENSE:
        client.xadd("oi:polls:{NIFTY}", poll("NIFTY", "09:15:20", (24500, "CE", 650), **changes))
    client.xadd("oi:polls:{NIFTY}", poll("NIFTY", "09:15:40", (24500, "CE", 650)))

    eventually(lambda: query(any_database_url, "select 1 from option_snapshots"))
    reasons = [fields["dead_reason"] for _, fields in client.xrange("oi:polls:{NIFTY}:dead")]
    assert len(reasons) == len(NONSENSE)
    for reason, (_, expected) in zip(reasons, NONSENSE, strict=True):
        assert reason.startswith(expected)


def test_sigterm_ends_it_with_exit_code_0(client, bucketer):
    client.xadd("oi:polls:{NIFTY}", poll("NIFTY", "09:15:20", (24500, "CE", 650)))
    eventually(lambda: client.exists("oi:state:bucketer:{NIFTY}"))

    bucketer.send_signal(signal.SIGTERM)

    assert bucketer.wait(10) == 0
    assert client.get("oi:lease:bucketer:{NIFTY}") is None


def test_kill_9_at_any_moment_changes_nothing(client, only_two_variables, any_database_url, tmp_path):
    moments = [f"{9 + n // 60:02}:{n % 60:02}:{s:02}" for n in range(15, 60, 3) for s in (0, 40)]
    for n, at in enumerate(moments):
        client.xadd("oi:polls:{NIFTY}", poll("NIFTY", at, (24500, "CE", 65 * (n // 3)), (24500, "PE", 65)))

    environment = {**only_two_variables, "INSTANCE": "bucketer-1"}
    for handled in (3, 9, 17, 26, 30):
        process = subprocess.Popen(
            [BIN / "bucketer"], env=environment, cwd=tmp_path, stderr=subprocess.DEVNULL
        )
        eventually(lambda handled=handled: total_polls(any_database_url) >= handled)
        process.kill()
        process.wait()

    saved = query(any_database_url, "select time, ce_oi from option_snapshots order by time")
    expected = {}
    for n, at in enumerate(moments):
        bucket = f"{at[:3]}{int(at[3:5]) // 3 * 3:02}"
        if n % 3 == 0:
            expected.setdefault(bucket, 65 * (n // 3))
    assert {str(t)[11:16]: oi for t, oi in saved} == expected
    assert total_polls(any_database_url) == 30


def total_polls(url):
    return query(url, "select coalesce(sum(polls), 0) from chain_buckets")[0][0]


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"SNAPSHOT_RULE": "sometimes"}, "bucketer: SNAPSHOT_RULE: "),
        ({"INDICES": "NIFTYY"}, "bucketer: INDICES: NIFTYY is not an index we know"),
    ],
)
def test_a_wrong_setting_is_one_clear_line_and_exit_code_78(environment, said, tmp_path):
    done = subprocess.run(
        [BIN / "bucketer"],
        env={**os.environ, **environment},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 78
    assert done.stderr.startswith(said)
    assert len(done.stderr.splitlines()) == 1


def plain(value):
    return float(value) if value is not None and not isinstance(value, (str, int)) else value
