"""Packets in, entries out: the same whether they are read one by one or as columns."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from ingest_ws import intake as intake_module
from ingest_ws.adapters.buffer import TickBuffer
from ingest_ws.core.packets import decode
from ingest_ws.core.subscriptions import Family
from ingest_ws.core.ticks import Instrument, Tick, entry
from ingest_ws.intake import Intake
from oi_common.market.buckets import IST
from support.packets import BUY, CURRENCY, SELL, packet

NOW = datetime(2026, 1, 20, 10, 0, tzinfo=IST)
AT_MS = int(NOW.timestamp()) * 1000
INDEX = Instrument("NIFTY", "NSE", "99926000", "NIFTY")
SHARE = Instrument("RELIANCE", "NSE", "2885", "RELIANCE-EQ", is_share=True)
FUTURE = Instrument("NIFTY", "NFO", "35001", "NIFTY27JAN26FUT", date(2026, 1, 27))
OPTION = Instrument("NIFTY", "NFO", "43521", "NIFTY27JAN2624500CE", date(2026, 1, 27), 24_500, "CE")
LONG = Instrument("NIFTY", "NFO", "1" * 25, "NIFTY27JAN2624550PE", date(2026, 1, 27), 24_550, "PE")
FOLLOWED = (INDEX, SHARE, FUTURE, OPTION, LONG)
FAMILIES = [Family("NIFTY", INDEX, FUTURE, (OPTION, LONG)), Family("RELIANCE", SHARE)]

numbers = st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3) | st.integers(0, 10**7)
moments = st.sampled_from([AT_MS, AT_MS + 250, 0, -1]) | numbers | st.integers(0, 5_000_000_000_000)
levels = st.tuples(st.sampled_from([BUY, SELL, 2]), numbers, numbers, st.integers(0, 9))


@st.composite
def packets(draw):
    """Anything that a broker may send about us or others: whole, cut short, too long, or with rubbish behind its token."""
    kind, token = draw(
        st.sampled_from([each.key for each in FOLLOWED]) | st.sampled_from([(2, "1"), (CURRENCY, "43521")])
    )
    raw = packet(
        mode=draw(st.sampled_from([1, 2, 3])),
        exchange_type=kind,
        token=draw(st.sampled_from([token, f"{token}\0rest"]))[:25],
        at_ms=draw(moments),
        ltp=draw(numbers),
        volume=draw(numbers),
        day=draw(st.tuples(numbers, numbers, numbers, numbers)),
        oi=draw(numbers),
        book=draw(st.lists(levels, min_size=10, max_size=10)),
    )
    cut = draw(st.none() | st.integers(0, len(raw)))
    return raw[:cut] + draw(st.just(b"") | st.binary(max_size=3))


def skipped():
    reasons = ("unreadable", "unknown_token", "no_price", "no_time")
    name = "oi_ingest_ws_packets_skipped_total"
    return {reason: REGISTRY.get_sample_value(name, {"reason": reason}) or 0 for reason in reasons}


def taken_in(pieces, *, now=lambda: NOW, most=10_000):
    """Return the entries of packets that come piece by piece, what was skipped meanwhile, and the intake."""
    before = skipped()
    intake = Intake(now, TickBuffer(most))
    intake.follow(FAMILIES)
    for piece in pieces:
        intake.on_packets(piece)
    entries = intake.entries()
    return entries, {reason: count - before[reason] for reason, count in skipped().items()}, intake


@pytest.fixture
def few(monkeypatch):
    """Say up to how many packets are read one by one."""
    return lambda most: monkeypatch.setattr(intake_module, "_FEW", most)


@given(st.lists(packets() | st.binary(max_size=400), min_size=1, max_size=12))
def test_columns_say_byte_for_byte_what_one_by_one_says(raws):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intake_module, "_FEW", 10_000)
        one_by_one, singly_skipped, singly = taken_in([raws])
        patch.setattr(intake_module, "_FEW", 0)
        at_once, together_skipped, together = taken_in([raws])

    assert at_once == one_by_one
    assert together_skipped == singly_skipped
    assert len(at_once) + sum(together_skipped.values()) == len(raws)
    assert set(together._spots) == set(singly._spots)


@given(st.lists(st.sampled_from([INDEX, FUTURE, OPTION, SHARE]), min_size=1, max_size=40), st.booleans())
def test_entries_keep_the_order_in_which_packets_came(instruments, with_modes):
    raws = [
        packet(mode=1 + number % 3 if with_modes else 3, exchange_type=each.key[0], token=each.token, at_ms=AT_MS, ltp=number + 1)
        for number, each in enumerate(instruments)
    ]  # fmt: skip

    entries, _, _ = taken_in([raws])

    moment = timedelta(microseconds=1)
    assert entries == [
        (each.stream, entry(Tick(each, decode(raw), NOW + number * moment)))
        for number, (each, raw) in enumerate(zip(instruments, raws, strict=True))
    ]


@pytest.mark.parametrize("most", [0, 100])
@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "unreadable"),
        (packet()[:-1], "unreadable"),
        (b"\x09" + packet()[1:], "unreadable"),
        (packet(ltp=0), "no_price"),
        (packet(at_ms=0), "no_time"),
        (packet(token="1"), "unknown_token"),
    ],
    ids=["empty", "truncated", "unknown mode", "no price", "no time", "unknown token"],
)
def test_what_is_no_tick_is_skipped_and_counted_and_the_others_are_not(few, raw, reason, most):
    few(most)

    entries, skipped_for, _ = taken_in([[packet(ltp=1), raw, packet(ltp=2)]])

    assert [b"0.01" in command for _, command in entries] == [True, False]
    assert {why: count for why, count in skipped_for.items() if count} == {reason: 1}


@pytest.mark.parametrize("most", [0, 100])
def test_the_spot_is_the_last_price_of_what_the_money_is_measured_by(few, most):
    few(most)
    spots = [
        packet(mode=1, exchange_type=1, token=INDEX.token, at_ms=AT_MS, ltp=ltp)
        for ltp in (2_451_000, 2_451_005, 0)
    ]

    _, _, intake = taken_in([[*spots, packet(ltp=7)]])

    assert intake.spot_of("NIFTY") == 24_510.05
    assert intake.spot_of("RELIANCE") is None


def received(entries):
    return [command.split(b"received_at\r\n")[1].split(b"\r\n")[1].decode() for _, command in entries]


def test_no_two_ticks_have_the_same_moment_even_while_the_clock_stands_still():
    entries, _, _ = taken_in([[packet()] * 2, [packet()]])

    assert received(entries) == [
        "2026-01-20T10:00:00+05:30",
        "2026-01-20T10:00:00.000001+05:30",
        "2026-01-20T10:00:00.000002+05:30",
    ]


def test_a_clock_that_was_set_back_is_believed():
    moments = iter([NOW, NOW - timedelta(hours=1)])

    entries, _, _ = taken_in([[packet()], [packet()]], now=lambda: next(moments))

    assert received(entries)[1] == "2026-01-20T09:00:00+05:30"


def test_packets_that_nobody_takes_are_lost_oldest_first_and_counted():
    dropped = lambda: REGISTRY.get_sample_value("oi_ingest_ws_ticks_dropped_total", {"reason": "buffer_full"}) or 0  # noqa: E731  # fmt: skip
    before = dropped()

    entries, _, _ = taken_in([[packet(volume=number) for number in range(30)]], most=10)

    assert [f"\r\n{number}\r\n".encode() in command for number, (_, command) in enumerate(entries, 20)] == [
        True
    ] * 10
    assert dropped() == before + 20
