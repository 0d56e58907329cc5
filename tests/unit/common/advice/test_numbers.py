"""Numbers in a reason: how they are read, and when the facts bear them out."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from oi_common.advice import Evidence
from oi_common.advice.numbers import numbers_in, unfounded
from support.situations import AT

FACTS = {
    "spot": 24512.35,
    "momentum.12s": -9.5,
    "pcr_oi": 1.0832,
    "wall.r1": 24600,
    "wall.r1.oi": 6_100_000,
    "wall.r1.strength": 0.213,
    "strikes": [24500, 24550],
    "leg.24500CE.ask": 101.55,
    "expiry": "2026-11-24",
    "oi_change.15m": 1_234_567,
}
EVIDENCE = Evidence(AT, FACTS)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("24500", [24500]),
        ("24,500.5", [24500.5]),
        ("1,23,456 and 7", [123456, 7]),
        ("12.3 lakh", [1_230_000]),
        ("12.3L, 4 lacs", [1_230_000, 400_000]),
        ("1.2 crore, 3cr", [12_000_000, 30_000_000]),
        ("24.5k", [24_500]),
        ("0.35 %, 4 percent", [0.35, 4]),
        ("-8.5 or +.5", [8.5, 0.5]),
        ("24500CE", [24500]),
        ("1,234CE", [1234]),
        ("12 lots", [12]),
        ("15m", [15]),
        ("1e3", [1000]),
        ("no numbers", []),
        ("24500-24600", [24500, 24600]),
        ("₹101.55.", [101.55]),
    ],
)
def test_numbers_are_read_as_they_are_written_in_india(text, values):
    assert [quoted.value for quoted in numbers_in(text)] == pytest.approx(values)


@pytest.mark.parametrize(
    "text",
    [
        "Spot 24512.35, 24,512.4 or 24512",
        "It fell 9.5 in 12 s, say 10",
        "PCR is 1.08",
        "6.1 million, 61 lakh, 61.0L, 0.61 crore at R1",
        "R1 holds 21 %, that is 21.3 percent",
        "12.3 lakh over 15 minutes",
        "Expiry 2026-11-24, now 11:00:15 or 11:00",
        "leg.24500CE.ask is 101.6",
        "S2 and T1 are labels",
        "",
    ],
)
def test_what_the_facts_say_may_be_quoted_and_rounded(text):
    assert unfounded(text, EVIDENCE) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Spot 24513.2", "24513.2"),
        ("24,700 comes next", "24,700"),
        ("PCR 1.3 says buy", "1.3"),
        ("62 lakh at the wall", "62 lakh"),
        ("a 70 % chance", "70 %"),
        ("at 11:05", "11:05"),
        ("leg.24700CE.ask", "24700"),
        ("PE24700 is cheap", "24700"),
        ("by 2026-11-25", "2026-11-25"),
        ("9" * 400, "9" * 400),
    ],
)
def test_what_no_fact_says_is_found(text, number):
    assert unfounded(text, EVIDENCE) == number


def test_numbers_that_are_checked_elsewhere_may_be_named():
    assert unfounded("stop at 86.3", EVIDENCE) == "86.3"
    assert unfounded("stop at 86.3", EVIDENCE, also=[86.3]) is None


@settings(deadline=None)
@given(value=st.floats(0.001, 1e7), decimals=st.integers(0, 4))
def test_a_fact_rounded_to_any_number_of_decimals_is_borne_out(value, decimals):
    evidence = Evidence(AT, {"spot": value})

    assert unfounded(f"at {value:.{decimals}f}", evidence) is None


@settings(deadline=None)
@given(value=st.floats(100, 1e6), off=st.floats(0.6, 50))
def test_a_number_off_by_more_than_its_rounding_is_found(value, off):
    evidence = Evidence(AT, {"spot": value})

    said = round(value + off + 1e-5 * value)
    assume(abs(said - value) > 0.5 + 1e-5 * value)  # rounded, it may be what the fact itself rounds to

    assert unfounded(f"at {said}", evidence) is not None


@settings(deadline=None)
@given(text=st.text())
def test_no_text_whatever_makes_it_fail(text):
    unfounded(text, EVIDENCE)
