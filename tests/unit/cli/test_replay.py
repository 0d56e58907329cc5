"""A replay's turns, its pace, what it may be told, and how two ledgers are compared."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import typer

from oi_cli.record.inputs import Input
from oi_cli.replay.checked import checked_services, checked_settings, checked_speed
from oi_cli.replay.comparing import compared
from oi_cli.replay.pace import Pace
from oi_cli.replay.plan import ReplayPlan, ReplaySite, replayed_environment
from oi_cli.replay.recording import Came, Recording
from oi_cli.replay.turns import TurnPolicy, timed, turns
from oi_common.market.buckets import IST
from oi_common.tables import index_candles
from oi_common.trimming import EntryId

DAY = date(2026, 11, 18)
AT = datetime(2026, 11, 18, 10, 0, tzinfo=IST)
MINUTE = TurnPolicy(timedelta(minutes=1))


def came(kind, second, underlying="NIFTY"):
    at = (AT + timedelta(seconds=second)).isoformat()
    name = {"polls": "polled_at", "ticks": "received_at", "days": "closed_at"}.get(kind)
    return Came(EntryId(second), Input(kind, underlying), {name: at} if name else {})


def kinds(turn):
    return [(entry.input.kind, entry.input.underlying) for entry in turn.entries]


def test_time_is_what_our_own_clock_last_said():
    entries = [came("polls", 20), came("candles", 21), came("polls", 10), came("ticks", 30)]

    times = [entry.at for entry in timed(entries)]

    assert times == [AT + timedelta(seconds=second) for second in (20, 20, 20, 30)]


def test_what_comes_before_anyone_has_said_the_time_has_the_first():
    entries = [came("candles", 1), came("greeks", 2), came("polls", 20)]

    times = [entry.at for entry in timed(entries)]

    assert times == [AT + timedelta(seconds=20)] * 3


def test_no_turn_has_two_ledger_streams_of_one_underlying():
    entries = [came("polls", 1), came("polls", 2), came("candles", 3), came("polls", 4)]

    found = list(turns(timed(entries), MINUTE))

    assert [len(turn.entries) for turn in found] == [2, 1, 1]


def test_different_underlyings_and_ticks_go_together():
    entries = [came("polls", 1), came("candles", 2, "BANKNIFTY"), came("ticks", 3), came("polls", 4)]

    found = list(turns(timed(entries), MINUTE))

    assert [kinds(turn) for turn in found] == [
        [("polls", "NIFTY"), ("candles", "BANKNIFTY"), ("ticks", "NIFTY"), ("polls", "NIFTY")]
    ]


def test_a_turn_spans_no_more_than_it_may():
    entries = [came("ticks", second) for second in (0, 30, 61, 62, 63)]

    by_time = [len(turn.entries) for turn in turns(timed(entries), MINUTE)]
    by_number = [len(turn.entries) for turn in turns(timed(entries), TurnPolicy(timedelta(hours=1), 2))]

    assert (by_time, by_number) == ([2, 3], [2, 2, 1])


def test_the_pace_is_real_time_by_speed_and_holes_are_not_waited_for():
    now = [100.0]
    pace = Pace(60.0, monotonic=lambda: now[0])

    waits = [pace.seconds_until(AT + timedelta(seconds=second)) for second in (0, 30, 3630)]

    assert waits == [0.0, 0.5, 1.5]


def test_at_full_speed_nobody_waits():
    pace = Pace(None)

    assert [pace.seconds_until(AT), pace.seconds_until(AT + timedelta(hours=1))] == [0.0, 0.0]


def test_the_bucketer_always_takes_part():
    assert checked_services("ai-rich") == ("bucketer", "ai-rich")
    with pytest.raises(typer.BadParameter, match="poller"):
        checked_services("poller")


@pytest.mark.parametrize("given", ["0", "-1", "fast", "4000"])
def test_a_speed_that_cannot_be_is_refused(given):
    with pytest.raises(typer.BadParameter):
        checked_speed(given)


def test_a_setting_of_a_service_that_takes_part_may_be_another():
    given = checked_settings(["SNAPSHOT_RULE=change_or_new_bucket"], ("bucketer",))

    assert given == {"SNAPSHOT_RULE": "change_or_new_bucket"}


@pytest.mark.parametrize(
    "given", ["SNAPSHOT_RULE", "AI_RICH_MODEL=x", "REDIS_URL=redis://x", "TELEGRAM_CHAT_IDS=1", "PATH=/"]
)
def test_what_is_no_setting_of_them_or_is_the_replays_own_is_refused(given):
    with pytest.raises(typer.BadParameter):
        checked_settings([given], ("bucketer",))


@pytest.fixture
def told(monkeypatch):
    """What a service of a replay has in its environment, when ours has everything of a live system."""
    for name in ("REDIS_URL", "DATABASE_URL", "TELEGRAM_BOT_TOKEN", "ANGEL_API_KEY", "OPENROUTER_API_KEY"):
        monkeypatch.setenv(name, "live")

    def environment(**settings):
        plan = ReplayPlan(Recording(Path("/r"), DAY, ("NIFTY",)), settings=settings)
        return replayed_environment("ai-rich", plan, ReplaySite(Path("/s"), 1, 0, 0, {"ai-rich": 2}))

    return environment


def test_nothing_of_the_live_system_is_inherited(told):
    environment = told()

    assert "live" not in environment.values()
    assert environment["REDIS_URL"] == "redis://127.0.0.1:1/0"
    assert environment["CLOCK"] == "recorded"


def test_the_key_of_the_models_is_handed_on_when_one_is_asked_for_by_name(told):
    assert told(AI_RICH_MODEL="some/model")["OPENROUTER_API_KEY"] == "live"
    assert "OPENROUTER_API_KEY" not in told(SNAPSHOT_RULE="x")


def candle(time, close="10.00", **changes):
    return {"time": time, "index_name": "NIFTY", "close": close, "sealed_at": "x", **changes}


def test_equal_rows_are_identical_whatever_our_own_clock_said():
    outcome = compared(index_candles, iter([candle("09:15")]), iter([candle("09:15", sealed_at="y")]))

    assert outcome.is_same
    assert (outcome.live, outcome.replayed) == (1, 1)


def test_a_moment_that_one_side_lacks_is_a_difference():
    outcome = compared(index_candles, iter([candle("09:15")]), iter([candle("09:15", sealed_at=None)]))

    assert [(one.column, one.live, one.replayed) for one in outcome.shown] == [("sealed_at", "x", None)]


def test_rows_that_one_side_lacks_and_values_that_differ_are_named():
    live = [candle("09:15"), candle("09:18"), candle("09:21")]
    replayed = [candle("09:15", close="11.00"), candle("09:21"), candle("09:24")]

    outcome = compared(index_candles, iter(live), iter(replayed))

    assert [(one.key, one.column, one.live, one.replayed) for one in outcome.shown] == [
        ("09:15 NIFTY", "close", "10.00", "11.00"),
        ("09:18 NIFTY", None, "a row", "no row"),
        ("09:24 NIFTY", None, "no row", "a row"),
    ]
    assert (outcome.live, outcome.replayed, outcome.rows) == (3, 3, 3)
