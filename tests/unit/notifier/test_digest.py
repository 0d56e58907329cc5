"""What is sent at all, when, and as how many messages."""

from datetime import UTC, datetime, time, timedelta

import pytest

from notifier.core.digest import Waiting, has_room, late, load, summary
from notifier.core.health import Beat, Gap, budget, down, ended, gaps, lasting, stale
from notifier.core.quiet import SilentHours
from notifier.core.record import Record, is_hit, judged, moved
from notifier.core.rules import LEAST_JUDGED, RULES
from notifier.core.text import text
from oi_common.market.buckets import IST
from oi_common.market.sessions import session_on

NOW = datetime(2026, 11, 18, 11, 15, tzinfo=IST)
STALE = timedelta(minutes=10)
NEVER = SilentHours(time(0), time(0))
SESSION = session_on("NFO", NOW.date())


def note(minutes, severity="info", rule="oi_spike", title="a title"):
    return Waiting(
        1, f"{title}{minutes}", rule, severity, NOW - timedelta(minutes=minutes), title, text(title), None
    )


def test_fresh_notes_go_out_one_by_one():
    cargo = load([note(1), note(2)], NOW, STALE, lambda _rule: NEVER)

    assert (len(cargo.fresh), len(cargo.merged)) == (2, 0)


def test_after_an_outage_late_notes_are_merged_and_the_fresh_ones_are_not():
    cargo = load([note(45), note(20), note(1)], NOW, STALE, lambda _rule: NEVER)

    assert [len(cargo.fresh), len(cargo.merged)] == [1, 2]


def test_one_late_note_goes_out_and_says_that_it_is_late():
    cargo = load([note(45)], NOW, STALE, lambda _rule: NEVER)

    assert len(cargo.fresh) == 1
    assert late(text("x"), NOW - timedelta(minutes=45), NOW, STALE).plain == "x\n45 min late"
    assert late(text("x"), NOW, NOW, STALE).plain == "x"


def test_the_day_s_reports_are_never_merged():
    cargo = load(
        [note(600, "report", "close", "a"), note(600, "report", "close", "b")],
        NOW,
        STALE,
        lambda _rule: NEVER,
    )

    assert (len(cargo.fresh), len(cargo.merged)) == (2, 0)


def test_a_summary_tells_each_in_a_line_and_never_leaves_out_the_gravest():
    many = [note(n, title=f"spike {n}") for n in range(20, 80)] + [note(90, "critical", "stale", "no data")]

    said = summary(many, NOW).plain

    assert said.startswith("🕗 61 messages of 09:45 to 10:55")
    assert "09:45  no data" in said
    assert "spike 20" in said
    assert said.endswith("and 36 more")


@pytest.mark.parametrize(
    ("at", "held"), [((22, 59), False), ((23, 0), True), ((7, 59), True), ((8, 0), False)]
)
def test_silent_hours_go_over_midnight(at, held):
    hours = SilentHours(time(23), time(8))

    assert hours.hold(NOW.replace(hour=at[0], minute=at[1])) is held


def test_in_silent_hours_only_the_critical_is_sent():
    cargo = load(
        [note(1), note(1, "critical", title="c")], NOW, STALE, lambda _rule: SilentHours(time(11), time(12))
    )

    assert [each.severity for each in cargo.fresh] == ["critical"]
    assert cargo.merged == ()


def test_the_grave_and_the_reports_find_room_when_the_rest_does_not():
    assert [has_room(s, 21, 40) for s in ("info", "warning", "critical", "report")] == [True] * 4
    assert [has_room(s, 22, 40) for s in ("info", "warning", "critical", "report")] == [
        False,
        True,
        True,
        True,
    ]
    assert [has_room(s, 32, 40) for s in ("info", "warning", "critical", "report")] == [
        False,
        False,
        False,
        True,
    ]
    assert not has_room("report", 40, 40)


def test_silence_is_told_once_for_each_episode():
    fed = NOW - timedelta(minutes=5)
    (first,) = stale({"NIFTY": fed}, NOW, SESSION)
    (later,) = stale({"NIFTY": fed}, NOW + timedelta(minutes=2), SESSION)

    assert first.event_id == later.event_id
    assert "last poll: 11:10:00" in first.text.plain
    assert "fires at 4 min" in first.text.plain


def test_the_end_of_an_episode_is_told_when_data_or_heartbeats_came_and_not_when_merely_nobody_asks():
    wall = datetime(2026, 11, 18, 6, tzinfo=UTC)
    (silence,) = stale({"NIFTY": NOW - timedelta(minutes=5)}, NOW, SESSION)
    (death,) = down([Beat("poller", wall - timedelta(minutes=1), "ready")], wall, NOW)
    told = lasting({silence.event_id: NOW, death.event_id: NOW})
    later = NOW + timedelta(minutes=6)

    assert ended(told, {"NIFTY": NOW - timedelta(minutes=5)}, [], later) == []
    assert ended(told, {}, [Beat("poller", wall, "stopping")], later) == []
    over = ended(told, {"NIFTY": later}, [Beat("poller", wall, "ready")], later)
    assert [each.title for each in over] == ["NIFTY is back after 11 min", "poller is back after 6 min"]
    assert [each.follows for each in over] == [silence.event_id, death.event_id]
    assert lasting({silence.event_id: NOW, over[0].event_id: NOW}) == []


def test_no_silence_before_the_open_after_the_close_or_with_fresh_polls():
    assert stale({"NIFTY": None}, NOW.replace(hour=9, minute=17), SESSION) == []
    assert stale({"NIFTY": None}, NOW.replace(hour=16), SESSION) == []
    assert stale({"NIFTY": None}, NOW, None) == []
    assert stale({"NIFTY": NOW - timedelta(minutes=3)}, NOW, SESSION) == []
    assert len(stale({"NIFTY": None}, NOW, SESSION)) == 1


def test_a_gap_is_told_with_what_is_done_about_it():
    since = datetime(2026, 11, 18, 10, 30)  # noqa: DTZ001 IST wall time
    (told,) = gaps([Gap("NIFTY", since, since + timedelta(minutes=6), 3, True, NOW)])

    assert "10:30 to 10:39, 3 buckets" in told.text.plain
    assert "repaired" in told.text.plain


def test_a_dead_service_is_told_and_a_stopped_one_is_not():
    wall = datetime(2026, 11, 18, 6, tzinfo=UTC)
    beats = [
        Beat("poller", wall - timedelta(seconds=40), "ready"),
        Beat("bucketer", wall - timedelta(seconds=40), "stopping"),
        Beat("ingest-ws", wall - timedelta(seconds=5), "ready"),
        Beat("simulator", wall - timedelta(hours=2), "ready"),
        Beat("notifier", wall - timedelta(minutes=2), "ready"),  # it asks, so it lives
    ]

    assert [each.title for each in down(beats, wall, NOW)] == ["poller is down"]


@pytest.mark.parametrize(("spent", "told"), [(None, 0), (79.0, 0), (80.0, 1), (130.0, 1)])
def test_the_budget_is_told_at_its_shares(spent, told):
    assert len(budget(spent, 100.0, NOW)) == told
    assert budget(spent, None, NOW) == []


def test_a_hit_is_a_move_the_way_it_leaned():
    assert is_hit("up", moved(100.0, 100.1)) is True
    assert is_hit("down", moved(100.0, 100.1)) is False
    assert is_hit("move", moved(100.0, 99.7)) is True
    assert is_hit("up", moved(None, 100.0)) is None


def test_a_rule_falls_silent_under_its_floor_and_returns_well_above_it():
    rule, many = RULES["oi_spike"], 100

    assert not judged(rule, Record(LEAST_JUDGED - 1, 0)).is_silent
    assert judged(rule, Record(many, 34)).is_silent
    assert judged(rule, Record(many, 40, is_silent=True)).is_silent
    assert not judged(rule, Record(many, 40, is_silent=False)).is_silent
    assert not judged(rule, Record(many, 46, is_silent=True)).is_silent
