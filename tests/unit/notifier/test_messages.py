"""Messages and answers: right with everything known, and with nothing known."""

from datetime import date, datetime, timedelta

import pytest

from notifier.core import answers, closing, messages, reports
from notifier.core.finding import Finding
from notifier.core.findings import Firing
from notifier.core.numbers import lakhs
from notifier.core.observed import Leg, Observed
from notifier.core.quality import chain_day, told
from notifier.core.record import Record, Recount
from notifier.core.rules import RULES
from notifier.core.text import units
from oi_common.events import AlertRaised, DecisionMade, OiChange, OiChanged, TradeFilled
from oi_common.market.buckets import IST
from oi_common.market.completeness import Kind
from oi_common.market.sessions import session_on
from oi_common.tables import chain_buckets
from simulator.core.bot_text import parsed

SPECIAL = r"_*[]()~`>#+-=|{}.!\<b>&amp;"
TIME = datetime(2026, 11, 18, 10, 33)  # noqa: DTZ001 IST wall time
NOW = datetime(2026, 11, 18, 10, 34, tzinfo=IST)
EXPIRY = date(2026, 11, 24)
OPEN = datetime(2026, 11, 18, 9, 15)  # noqa: DTZ001 IST wall time
NOTHING_KNOWN = {
    **dict.fromkeys(column.name for column in chain_buckets.columns),
    "index_name": "NIFTY",
    "expiry": EXPIRY,
    "time": TIME,
}
NOTHING_SEEN = Observed(TIME)


def reads_well(said):
    assert parsed(said.html, "HTML").plain == said.plain
    assert "None" not in said.plain
    assert "nan" not in said.plain
    return said.plain


def change(prev_oi, oi, percent):
    return OiChange(strike=24500, type="CE", prev_oi=prev_oi, oi=oi, change=oi - prev_oi, percent=percent)


def changed(*changes):
    return OiChanged(
        index_name="NIFTY", expiry=EXPIRY, feed_time=NOW, time=NOW.replace(minute=33), changed=1, total=80,
        changed_ratio=0.01, changes=changes, source="live",
    )  # fmt: skip


def test_a_firing_says_why_and_how_good_its_rule_has_been():
    finding = Finding("PCR above 1", "up", {"PCR": "0.97 → 1.04"})

    note = messages.of_firing(
        Firing(RULES["pcr_cross"], TIME, 24512.35, finding), "NIFTY", EXPIRY, Record(20, 9)
    )

    said = reads_well(note.text)
    assert said == (
        "🟢▲ NIFTY PCR above 1\n10:33  spot 24,512.35  expiry 24 Nov\nPCR: 0.97 → 1.04\npcr_cross: 9 of 20 right, 45 %"
    )
    assert note.event_id == "pcr_cross:NIFTY:2026-11-24:2026-11-18T10:33"


def test_the_largest_jump_of_a_poll_is_told_with_its_window():
    found = messages.of_jump(
        changed(change(1_000_000, 1_500_000, 50), change(1_000_000, 1_600_000, 60)), Record()
    )

    assert found is not None
    assert "10.0 L → 16.0 L (+6.0 L)" in reads_well(found[0].text)
    assert "in one poll" in found[0].title
    assert found[1].leaning == "down"


def test_a_small_jump_is_nobody_s_business():
    assert messages.of_jump(changed(change(1_000_000, 1_050_000, 5)), Record()) is None
    assert messages.of_jump(changed(OiChange(strike=1, type="PE", oi=5)), Record()) is None


def decision(**facts):
    known = {"loop": "rich", "engine": "llm", "index_name": "NIFTY", "event_time": NOW, "decision": "ENTER"}
    return DecisionMade(**{**known, "reason": SPECIAL, **facts})


def test_only_entering_and_leaving_are_told():
    assert messages.of_decision(decision(decision="WAIT")) is None
    assert messages.of_decision(decision(decision="HOLD")) is None
    assert SPECIAL in reads_well(messages.of_decision(decision(model=SPECIAL, side="CE", strike=24500)).text)
    reads_well(messages.of_decision(decision()).text)


@pytest.mark.parametrize("action", ["ENTER", "EXIT"])
@pytest.mark.parametrize("known", [{}, {"pnl_gross": 650.0, "pnl_net": -586.14}])
def test_a_fill_is_told_with_its_result(action, known):
    fill = TradeFilled(
        trade_id="t", action=action, index_name="NIFTY", expiry=EXPIRY, strike=24500, side="CE", quantity=75,
        price=101.5, reason=SPECIAL, charges=63.86, **known,
    )  # fmt: skip

    said = reads_well(messages.of_trade(fill, NOW).text)

    assert f"Paper {action} NIFTY 24500 CE at 101.50" in said
    assert ("-₹586" in said) == (action == "EXIT" and bool(known))


def test_another_service_s_alert_is_told_as_it_is():
    event = AlertRaised(
        rule="redis_memory",
        severity="critical",
        raised_at=NOW,
        title=SPECIAL,
        text=SPECIAL,
        facts={SPECIAL: SPECIAL},
    )

    assert reads_well(messages.of_alert(event).text).count(SPECIAL) == 4


@pytest.mark.parametrize(
    "said",
    [
        messages.brief(NOTHING_KNOWN, "09:30", "chain").text,
        answers.help_text(),
        answers.chain(NOTHING_KNOWN, NOW),
        answers.max_pain(NOTHING_KNOWN, NOW),
        answers.straddle(NOTHING_KNOWN, NOW, []),
        answers.straddle(NOTHING_KNOWN, NOW, [NOTHING_KNOWN]),
        answers.pcr(NOTHING_KNOWN, NOW, [NOTHING_KNOWN]),
        answers.levels(NOTHING_KNOWN, NOW, NOTHING_SEEN),
        answers.difference(NOTHING_SEEN, NOTHING_SEEN, "NIFTY"),
        reports.decisions([]),
        reports.positions([]),
        reports.result([]),
        reports.score([], {}),
        reports.status([], {"NIFTY": None}, NOW, NOW),
        told(EXPIRY, []),
        closing.of_index("NIFTY", EXPIRY, [NOTHING_KNOWN], NOW).text,
        closing.of_day(EXPIRY, [chain_day("NIFTY", EXPIRY, None, [], TIME)], [], [], {}, NOW, TIME).text,
        closing.silenced(Recount("oi_spike", RULES["oi_spike"], Record(), fell=True), NOW).text,
    ],
)
def test_where_nothing_is_known_dashes_are_written(said):
    assert reads_well(said).strip()


def test_what_changed_between_two_moments_is_told_by_size():
    first = Observed(
        TIME,
        24500.0,
        0.9,
        200.0,
        legs=(Leg(24500, "CE", 100_000), Leg(24600, "CE", 900_000), Leg(24700, "PE")),
    )
    last = Observed(
        TIME + timedelta(minutes=45),
        24550.0,
        1.0,
        190.0,
        legs=(Leg(24500, "CE", 400_000), Leg(24600, "CE", 400_000), Leg(24700, "PE", 5)),
    )

    said = reads_well(answers.difference(first, last, "NIFTY"))

    assert "10:33 → 11:18" in said
    assert "24,550.00 (+50.00)" in said
    assert said.index("24600 CE    -5.0 L") < said.index("24500 CE    +3.0 L")
    assert "24700" not in said


def test_levels_are_read_from_the_table_or_else_from_the_rows():
    seen = Observed(TIME, legs=(Leg(24500, "CE", 100_000), Leg(24600, "CE", 900_000)))
    stored = {**NOTHING_KNOWN, "support": [{"strike": 24000, "oi": 700_000.0}]}

    said = reads_well(answers.levels(stored, NOW, seen))

    assert "24600  9.0 L CE OI" in said
    assert "24000  7.0 L PE OI" in said


def test_what_both_loops_want_done_is_one_topic_and_the_opposite_is_another():
    topics = [
        messages.of_decision(decision(loop=loop, decision=wanted)).topic
        for loop, wanted in (("rich", "EXIT"), ("minimal", "EXIT"), ("rich", "ENTER"))
    ]

    assert topics[0] == topics[1] != topics[2]


def test_each_loop_s_last_decision_is_shown_and_a_long_reason_says_that_it_was_cut():
    def decided(minute, loop, **facts):
        time = TIME.replace(minute=minute)
        known = {"index_name": "NIFTY", "decision": "HOLD", "strike": None, "side": None, "confidence": None}
        return {**known, "time": time, "loop": loop, "reason": "why " * 200, **facts}

    said = reads_well(reports.decisions([decided(9, "rich"), decided(8, "minimal"), decided(7, "rich")]))

    assert [line[:5] for line in said.splitlines() if line[0].isdigit()] == ["10:09", "10:08"]
    assert said.count(" …") == 2


@pytest.mark.parametrize(
    ("units_of_oi", "written"),
    [(None, "–"), (0, "0"), (-4_200, "-4.2 k"), (30_000, "+0.3 L"), (12_000_000, "+1.20 cr")],  # noqa: RUF001
)
def test_open_interest_is_written_in_the_unit_that_fits(units_of_oi, written):
    assert lakhs(units_of_oi, sign=True) == written


def polled(minutes, **facts):
    known = {"state": "sealed", "polls": 9, "polls_expected": 9, "polls_missed": [], "source": "live"}
    return {**NOTHING_KNOWN, **known, "changed": 0, "time": OPEN + timedelta(minutes=minutes), **facts}


def test_a_day_is_told_with_its_grade_and_what_became_of_each_bucket():
    rows = [
        polled(0, changed=3, saved_at=NOW, candle_status="merged"),
        polled(3, candle_status="merged"),
        polled(6, polls=0, source="backfill"),
        polled(12, state="saved"),
        polled(30, state="open"),
    ]

    day = chain_day("NIFTY", EXPIRY, session_on("NFO", OPEN.date()), rows, OPEN + timedelta(minutes=32))

    assert [cell.kind for cell in day.cells[:5]] == [
        Kind.LIVE, Kind.QUIET, Kind.REPAIRED, Kind.MISSING, Kind.UNSEALED,
    ]  # fmt: skip
    assert day.count(Kind.UNDERWAY) == 129 - len(day.due)
    said = reads_well(told(OPEN.date(), [day]))
    assert said.startswith("Data of 18 Nov 2026  F\nNIFTY 24 Nov  F ")
    assert "1 live, 1 no change, 1 repaired, 1 unsealed, " in said


def test_a_whole_day_without_fault_has_the_best_grade():
    rows = [polled(0, changed=3, candle_status="merged")]

    day = chain_day("NIFTY", EXPIRY, None, rows, OPEN + timedelta(minutes=30))

    assert reads_well(told(OPEN.date(), [day])) == (
        "Data of 18 Nov 2026  A+\nNIFTY 24 Nov  A+ 100.0\n1 live; 9 of 9 polls"
    )


def test_messages_are_short():
    finding = Finding("x", "up", {"a": "b"})

    note = messages.of_firing(Firing(RULES["oi_spike"], TIME, None, finding), "MIDCPNIFTY", EXPIRY, Record())

    assert units(note.text.plain) < 200
