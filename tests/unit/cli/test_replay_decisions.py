"""What a replay says of its decisions, beside those of the day."""

from oi_cli.replay.decisions import decided_otherwise, decisions_said


def decision(event_id="a", said="ENTER", side="CE", **changes):
    """A kept decision; its moment, 04:30 UTC, is 10:00 in India."""
    return {
        "event_id": event_id,
        "event_time": "2026-11-18T04:30:00",
        "loop": "rich",
        "index_name": "NIFTY",
        "engine": "llm",
        "model": "some/model",
        "decision": said,
        "side": side,
        "strike": "24500" if side else None,
        **changes,
    }


def test_entries_and_exits_are_named_with_who_decided_them():
    rows = [
        decision(),
        decision(said="WAIT", side=None),
        decision(said="EXIT", side=None, model=None, engine="rules"),
    ]

    assert list(decisions_said(rows)) == [
        "10:00:00 rich NIFTY: ENTER CE 24500 (some/model)",
        "10:00:00 rich NIFTY: EXIT (rules)",
    ]


def test_of_many_the_first_are_named_and_the_rest_counted():
    said = list(decisions_said(decision() for _ in range(23)))

    assert len(said) == 21
    assert said[-1] == "and 3 more entries and exits"


def test_what_was_decided_otherwise_about_the_same_moment_is_named():
    live = [decision("a"), decision("b"), decision("c", "WAIT", None)]
    replayed = [decision("a", model="another/model"), decision("b", "WAIT", None), decision("d")]

    assert list(decided_otherwise(live, replayed)) == [
        "10:00:00 rich NIFTY: live ENTER CE 24500, replayed WAIT (some/model)",
        "decisions about the same moment: 2, decided otherwise 1",
    ]


def test_a_day_on_which_nobody_decided_has_nothing_to_be_compared_with():
    assert list(decided_otherwise([], [decision()])) == []
