"""`oi dead` on a real Redis."""

import json

import pytest
import redis
from typer.testing import CliRunner

from oi_cli.main import app

POLLS = "oi:polls:{NIFTY}"
DEAD = f"{POLLS}:dead"


@pytest.fixture
def server(redis_url, monkeypatch):
    monkeypatch.setenv("REDIS_URL", redis_url)
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        yield client


def bury(server, reason="quotes.0.oi: is wrong (was -65)", **fields):
    told = {"index_name": "NIFTY", "lot_size": "65", **fields}
    return server.xadd(
        DEAD,
        {
            **told,
            "dead_reason": reason,
            "dead_group": "bucketer",
            "dead_at": "2026-11-20T04:00:00+00:00",
            "dead_from_id": "1-0",
        },
    )


def oi(*arguments):
    return CliRunner().invoke(app, ["dead", *arguments])


def test_the_list_counts_equal_faults_together(server):
    for value in (-65, -130):
        bury(server, f"quotes.0.oi: is wrong (was {value})")
    bury(server, "feed_time: is missing")

    done = oi("list")

    assert done.exit_code == 0
    assert POLLS in done.output
    assert "2 x quotes.0.oi: is wrong" in done.output
    assert "1 x feed_time: is missing" in done.output


def test_an_empty_graveyard_says_so(server):
    assert oi("list").output == "nothing is buried\n"


def test_an_entry_is_shown_with_its_reason_and_without_control_codes(server):
    entry_id = bury(server, name="\x1b[2J", long="x" * 1000)

    done = oi("show", POLLS, entry_id)

    assert done.exit_code == 0
    assert f"{entry_id}  quotes.0.oi: is wrong (was -65)" in done.output
    assert json.dumps("\x1b[2J") in done.output
    assert "… 1000 characters" in done.output
    assert "\x1b" not in done.output


def test_a_retried_entry_lies_on_its_stream_as_it_was(server):
    entry_id = bury(server)

    done = oi("retry", DEAD, entry_id)

    assert done.output == f"1 put back onto {POLLS}\n"
    assert [fields for _, fields in server.xrange(POLLS)] == [{"index_name": "NIFTY", "lot_size": "65"}]
    assert server.xlen(DEAD) == 0


def test_all_entries_are_retried_in_their_order(server):
    for number in range(250):
        bury(server, number=str(number))

    assert oi("retry", POLLS, "--all").output == f"250 put back onto {POLLS}\n"
    assert [fields["number"] for _, fields in server.xrange(POLLS)] == [str(number) for number in range(250)]


def test_an_entry_of_which_nothing_is_left_stays_buried(server):
    entry_id = server.xadd(DEAD, {"dead_reason": "the entry was trimmed away before it was handled"})

    assert oi("retry", POLLS, entry_id).output == f"0 put back onto {POLLS}\n"
    assert server.xlen(DEAD) == 1


def test_dropped_entries_are_gone_and_the_others_stay(server):
    first, _second = bury(server), bury(server)

    assert oi("drop", POLLS, first).output == f"1 dropped from {DEAD}\n"
    assert server.xlen(DEAD) == 1


def test_neither_an_id_nor_all_is_wrong_usage(server):
    bury(server)

    assert oi("drop", POLLS).exit_code == 2
    assert server.xlen(DEAD) == 1


def test_an_entry_that_is_not_there_is_a_clear_error(server):
    done = oi("show", POLLS, "1-1")

    assert done.exit_code == 1
    assert f"no entry 1-1 in {DEAD}" in done.output


def test_a_redis_that_is_away_is_a_clear_error(monkeypatch, free_port):
    monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{free_port}/0")

    done = oi("list")

    assert done.exit_code == 69
    assert "Redis does not answer" in done.output


def blow(server, group="bucketer", stream=POLLS):
    server.hset(
        f"oi:state:fuse:{group}:{{NIFTY}}", mapping={stream: "x" * 50, f"{stream}|blown": "50 of the last 50"}
    )


def test_the_list_names_a_blown_fuse_and_what_to_do(server):
    blow(server)

    done = oi("list")

    assert f"fuse blown: bucketer could not process 50 of the last 50 entries of {POLLS}" in done.output
    assert f"`oi dead reset '{POLLS}'`" in done.output


def test_a_reset_makes_the_streams_fuses_whole_and_leaves_the_others(server):
    candles = "oi:candles:{NIFTY}"
    blow(server)
    blow(server, "notifier")
    blow(server, stream=candles)

    done = oi("reset", DEAD)

    assert done.output == f"reset: entries of {POLLS} are taken again by bucketer, notifier\n"
    assert server.hkeys("oi:state:fuse:bucketer:{NIFTY}") == [candles, f"{candles}|blown"]
    assert not server.exists("oi:state:fuse:notifier:{NIFTY}")
    assert oi("reset", POLLS).output == f"the fuse of {POLLS} was not blown\n"
