import json
from contextlib import suppress
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oi_common.errors import Unprocessable
from oi_common.events import (
    CandleClosed,
    ChainPolled,
    GreeksFetched,
    OiChanged,
    SnapshotSaved,
    TickReceived,
    stream_of,
)
from oi_common.market.buckets import IST
from oi_common.wire import decode, encode

FIELDS = {
    "v": "1",
    "index_name": "NIFTY",
    "expiry": "2026-11-24",
    "segment": "NFO",
    "feed_time": "2026-11-20T09:16:00+05:30",
    "polled_at": "2026-11-20T09:16:01+05:30",
    "source": "live",
    "spot": "24500.5",
    "lot_size": "65",
    "quotes": '[{"strike": 24500.0, "type": "CE", "oi": 650, "ltp": 101.5}]',
}


def test_an_entry_reads_like_a_record():
    poll = decode(ChainPolled, FIELDS)

    assert encode(poll) == {
        **FIELDS,
        "event_id": "polls:NIFTY:2026-11-24:2026-11-20T09:16:01+05:30",
        "quotes": '[{"strike":24500,"type":"CE","oi":650,"ltp":101.5}]',
    }
    assert list(encode(poll))[:3] == ["v", "event_id", "index_name"]


def test_what_is_unknown_is_absent():
    poll = decode(ChainPolled, {name: text for name, text in FIELDS.items() if name != "spot"})

    assert poll.spot is None
    assert "spot" not in encode(poll)


def test_a_moment_of_another_zone_is_the_same_moment_in_ist():
    poll = decode(ChainPolled, {**FIELDS, "feed_time": "2026-11-20T03:46:00Z"})

    assert encode(poll)["feed_time"] == FIELDS["feed_time"]


@pytest.mark.parametrize(
    "missing", ["index_name", "expiry", "segment", "feed_time", "polled_at", "lot_size", "quotes"]
)
def test_a_missing_field_is_named(missing):
    with pytest.raises(Unprocessable, match=f"{missing}: is missing"):
        decode(ChainPolled, {name: text for name, text in FIELDS.items() if name != missing})


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("feed_time", "2026-11-20T09:16:00", "feed_time: .*timezone.*was '2026-11-20T09:16:00'"),
        ("feed_time", "1795000000", "feed_time: is not an ISO 8601 .*was '1795000000'"),
        ("feed_time", "2026-11-21T09:16:00+05:30", "feed_time: 2026-11-21T.* lies after the day of the poll"),
        ("expiry", "20261124", "expiry: .*was '20261124'"),
        ("lot_size", "many", "lot_size: .*was 'many'"),
        ("lot_size", "0", "lot_size: .*greater than 0.*was '0'"),
        ("spot", "nan", "spot: .*was 'nan'"),
        ("quotes", "[{", r"quotes: is not JSON \(was '\[\{'\)"),
        ("quotes", '{"a": 1}', "quotes: .*was {'a': 1}"),
        ("quotes", '[{"strike": 0, "type": "CE"}]', r"quotes.0.strike: .*greater than 0 \(was 0\)"),
        ("quotes", '[{"strike": 24500, "type": "CE", "oi": -65}]', r"quotes.0.oi: .*\(was -65\)"),
        ("quotes", '[{"strike": 24500, "type": "XX"}]', "quotes.0.type: .*was 'XX'"),
        ("quotes", '[{"strike": true, "type": "CE"}]', "quotes.0.strike: .*was True"),
        ("quotes", '[{"strike":1,"type":"CE"},{"strike":1,"type":"CE"}]', "quotes: 1 CE stands there twice"),
        ("source", "guess", "source: .*was 'guess'"),
        ("v", "2", "v: .*was '2'"),
        ("index_name", "", "index_name: "),
        ("segment", "N" * 1000, "segment: .*at most 20 characters"),
        ("event_id", "x" * 1000, "event_id: .*at most 250 characters"),
        ("feed_time", "0001-01-01T00:00:00+14:00", "feed_time: is not a moment between .*was '0001-"),
        ("polled_at", "9999-12-31T23:59:59-12:00", "polled_at: is not a moment between .*was '9999-"),
        ("expiry", "9999-12-31", "expiry: is not a day between .*was '9999-12-31'"),
        ("quotes", "[" * 100_000, r"quotes: is not JSON \(was '\[\["),
    ],
)
def test_an_entry_that_makes_no_sense_is_refused_with_field_and_value(field, value, reason):
    with pytest.raises(Unprocessable, match=reason):
        decode(ChainPolled, {**FIELDS, field: value})


QUOTE = {"strike": 24500, "type": "CE"}


@pytest.mark.parametrize(
    ("name", "most", "too_much"),
    [
        ("strike", 2**31 - 1, 2**31),
        ("oi", 2**63 - 1, 2**63),
        ("oi", 2**63 - 1, 10**30),
        ("volume", 2**63 - 1, 2**63),
        ("ltp", 99_999_999.99, 100_000_000),
        ("ltp", 99_999_999.99, 1e300),
        ("bid", 99_999_999.99, 99_999_999.991),
        ("ask", 99_999_999.99, 1e9),
        ("prev_close", 99_999_999.99, 1e9),
    ],
)
def test_what_fits_its_column_is_taken_and_what_does_not_is_refused_by_name(name, most, too_much):
    taken = decode(ChainPolled, {**FIELDS, "quotes": json.dumps([{**QUOTE, name: most}])})

    assert getattr(taken.quotes[0], name) == most
    with pytest.raises(Unprocessable, match=rf"quotes.0.{name}: .*less than or equal to .*\(was "):
        decode(ChainPolled, {**FIELDS, "quotes": json.dumps([{**QUOTE, name: too_much}])})


@pytest.mark.parametrize(("name", "too_much"), [("lot_size", 2**31), ("spot", 1e300)])
def test_a_field_of_the_poll_that_does_not_fit_its_column_is_refused_by_name(name, too_much):
    with pytest.raises(Unprocessable, match=rf"{name}: .*less than or equal to .*\(was "):
        decode(ChainPolled, {**FIELDS, name: str(too_much)})


@pytest.mark.parametrize(
    ("name", "most"),
    [("iv", 999_999.9999), ("delta", 999_999.9999), ("gamma", 9_999.99999999), ("theta", 999_999.9999),
     ("vega", 999_999.9999)],
)  # fmt: skip
@pytest.mark.parametrize("sign", [1, -1])
def test_greeks_that_do_not_fit_their_column_are_refused_by_name(name, most, sign):
    fields = encode(EXAMPLES[2])
    taken = decode(GreeksFetched, {**fields, "rows": json.dumps([{**QUOTE, name: sign * most}])})

    assert getattr(taken.rows[0], name) == sign * most
    with pytest.raises(Unprocessable, match=rf"rows.0.{name}: .*\(was "):
        decode(GreeksFetched, {**fields, "rows": json.dumps([{**QUOTE, name: sign * most * 2}])})


@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), st.text(max_size=30), max_size=4))
def test_nonsense_is_refused_and_never_crashes(nonsense):
    with suppress(Unprocessable):
        poll = decode(ChainPolled, {**FIELDS, **nonsense})
        assert decode(ChainPolled, encode(poll)) == poll


AT = datetime(2026, 11, 20, 9, 18, tzinfo=IST)
EXAMPLES = [
    TickReceived(
        segment="NFO", token="43521", symbol="NIFTY24NOV2624500CE", exchange_time=AT, received_at=AT, ltp=101.5,
        index_name="NIFTY", expiry=date(2026, 11, 24), strike=24500, option_type="CE",
    ),
    CandleClosed(index_name="NIFTY", time=AT, open=1, high=3, low=1, close=2, volume=0, source="live"),
    GreeksFetched(
        index_name="NIFTY", expiry=date(2026, 11, 24), feed_time=AT, source="broker",
        rows=[{"strike": 24500, "type": "CE", "iv": 12.5, "delta": 0.5}],
    ),
    OiChanged(
        index_name="NIFTY", expiry=date(2026, 11, 24), feed_time=AT, time=AT, changed=1, total=2,
        changed_ratio=0.5, changes=[{"strike": 24500, "type": "CE", "prev_oi": 65, "oi": 0, "change": -65}],
        source="live",
    ),
    SnapshotSaved(
        index_name="NIFTY", expiry=date(2026, 11, 24), time=AT, state="saved", reason="baseline", strikes=1,
        source="live", metrics={"pcr_oi": 0.8}, rows=[{"strike": 24500, "ce_oi": 65}],
    ),
]  # fmt: skip


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: type(event).__name__)
def test_every_kind_of_event_comes_back_as_it_was(event):
    fields = encode(event)

    assert decode(type(event), fields) == event
    assert all(isinstance(text, str) for text in fields.values())


def test_a_candle_must_span_its_open_and_close_and_start_a_bucket():
    with pytest.raises(Unprocessable, match=r"high: 3\.0 and low: 1\.0"):
        decode(CandleClosed, {**encode(EXAMPLES[1]), "open": "4"})
    with pytest.raises(Unprocessable, match="time: is not the start of a 3-minute bucket"):
        decode(CandleClosed, {**encode(EXAMPLES[1]), "time": "2026-11-20T09:19:00+05:30"})


def test_the_partition_stands_in_braces():
    assert stream_of(ChainPolled, "NIFTY") == "oi:polls:{NIFTY}"
    assert json.loads(encode(EXAMPLES[4])["metrics"]) == {"pcr_oi": 0.8}
