"""How a chain is written for a person."""

import io
from datetime import datetime, timedelta

import pytest
from rich.console import Console

from oi_cli.chain.screen import chain_table, plain_lines, title
from oi_cli.chain.view import (
    ChainView,
    Leg,
    StrikeRow,
    around_the_money,
    bar,
    lakhs,
    number,
    rupees,
    written_age,
)
from oi_common.market.buckets import IST

NOW = datetime(2026, 11, 18, 10, 4, 5, tzinfo=IST)


def row(strike, oi=150_000, **leg):
    return StrikeRow(strike, Leg(oi=oi, **leg), Leg())


def view(ledgers, **changes):
    whole = {
        "index_name": "NIFTY",
        "expiry": ledgers.nifty.expiry,
        "time": ledgers.at("10:03"),
        "state": "saved",
        "rows": tuple(row(strike) for strike in range(24000, 25050, 50)),
        "pcr_oi": 0.83,
        "max_pain": 24500,
        "spot": 24512.1,
        "spot_at": NOW - timedelta(seconds=5),
        "now": NOW,
    }
    return ChainView(**{**whole, **changes})


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (lakhs(1_234_500), "12.35"),
        (lakhs(0), "0.00"),
        (lakhs(None), "-"),
        (lakhs(-50_000, signed=True), "-0.50"),
        (lakhs(None, signed=True), "-"),
        (rupees(101.5), "101.50"),
        (rupees(0.0), "0.00"),
        (rupees(None), "-"),
        (number(None), "-"),
        (written_age(None), "-"),
        (written_age(timedelta(seconds=119)), "119 s"),
        (written_age(timedelta(minutes=5)), "5 min"),
    ],
)
def test_the_unknown_is_a_dash_and_zero_is_zero(written, text):
    assert written == text


def test_the_money_stands_in_the_middle_of_what_fits():
    rows = [row(strike) for strike in range(100, 200, 10)]

    assert [r.strike for r in around_the_money(rows, 150, 5)] == [130, 140, 150, 160, 170]
    assert [r.strike for r in around_the_money(rows, 100, 3)] == [100, 110, 120]
    assert [r.strike for r in around_the_money(rows, 190, 3)] == [170, 180, 190]
    assert len(around_the_money(rows, None, 50)) == 10


def test_bars_are_drawn_to_the_largest_oi():
    assert bar(100, 100, 4) == "████"
    assert bar(50, 100, 4) == "██"
    assert bar(1, 1000, 4) == "▏"
    assert bar(None, 100, 4) == bar(0, 100, 4) == ""


def test_the_title_says_how_old_the_data_is(ledgers):
    said = title(view(ledgers))

    assert "spot 24512.10" in said
    assert "data 5 s old" in said
    assert "bucket 10:03 saved" in said


def test_plain_lines_mark_the_money_and_dash_the_unknown(ledgers):
    lines = plain_lines(view(ledgers), rows=5)

    marked = [line for line in lines if "<- at the money" in line]
    assert len(lines) == 2 + 5
    assert "24500" in marked[0]
    assert marked[0].split()[:6] == ["-", "-", "-", "1.50", "24500", "-"]


@pytest.mark.parametrize("width", [80, 100, 140])
def test_the_table_fits_its_width(ledgers, width):
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(chain_table(view(ledgers), rows=20, width=width))

    lines = console.export_text().splitlines()
    assert len(lines) == 21
    assert all(len(line) <= width for line in lines)
    assert not any("…" in line for line in lines)
