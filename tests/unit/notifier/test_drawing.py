"""Pictures: small enough, of a size Telegram takes, and drawn of anything."""

from datetime import date, datetime, timedelta
from io import BytesIO

import pytest
from PIL import Image, ImageColor

from notifier.adapters.drawing import chain_table, day, oi_bars, quality
from notifier.adapters.drawing.quality import COLOURS
from notifier.core.quality import ChainDay
from oi_common.market.completeness import Cell, Kind
from oi_common.tables import chain_buckets, option_snapshots

PHONE = 1080  # pixels of a phone held upright
TIME = datetime(2026, 11, 18, 10, 33)  # noqa: DTZ001 IST wall time
EXPIRY = date(2026, 11, 24)
HEADER = {
    **dict.fromkeys(column.name for column in chain_buckets.columns),
    "index_name": "NIFTY",
    "expiry": EXPIRY,
    "time": TIME,
}
ROW = dict.fromkeys(column.name for column in option_snapshots.columns)
KNOWN = {
    "ce_oi": 12_345_675, "pe_oi": 75, "ce_oi_change": -300, "pe_oi_change": 75, "ce_ltp": 1234.55, "pe_ltp": 0.05,
    "ce_ltp_change": -99.5, "ce_ltp_percent_change": -99.99, "pe_oi_percent_change": 999_999.0, "ce_theta": -123.45,
    "verdict": "Strong Bullish",
}  # fmt: skip


def rows(count, **known):
    return [{**ROW, "strike": 24000 + 50 * n, **known} for n in range(count)]


def is_near(colour, other):
    """Say whether two colours are the same but for what a palette takes away."""
    return all(abs(one - two) <= 6 for one, two in zip(colour, other, strict=True))


def looked_at(png):
    assert len(png) < 1_000_000
    picture = Image.open(BytesIO(png))
    width, height = picture.size
    assert width + height <= 10_000
    assert max(width, height) <= 20 * min(width, height)
    return picture


@pytest.mark.parametrize("count", [0, 1, 41, 401])
@pytest.mark.parametrize("known", [{}, KNOWN])
def test_a_chain_of_any_size_is_drawn_whatever_is_known_of_it(count, known):
    header = {**HEADER, "atm_strike": 24100 if known else None}

    table = looked_at(chain_table.draw(header, rows(count, **known)))
    bars = looked_at(oi_bars.draw(header, rows(count, **known), {(24000, "CE"): 10**7}))

    assert table.size[0] == bars.size[0] == PHONE
    assert len(table.getcolors(1000) or ()) > 5


def test_the_money_stands_in_the_middle():
    shown = chain_table.around_the_money(rows(41), 25000, 15)

    assert [row["strike"] for row in shown] == list(range(24650, 25400, 50))
    assert len(chain_table.around_the_money(rows(41), None, 15)) == 15
    assert chain_table.around_the_money(rows(41), 26000, 15)[-1]["strike"] == 26000


@pytest.mark.parametrize("count", [1, 2, 130])
@pytest.mark.parametrize("known", [{}, {"spot": 24500.0, "pcr_oi": 1.0, "straddle": 0.0}])
def test_a_day_of_any_length_is_drawn_whatever_is_known_of_it(count, known):
    day_rows = [{**HEADER, **known, "time": TIME + n * timedelta(minutes=3)} for n in range(count)]

    looked_at(day.draw(day_rows))


def test_every_kind_of_bucket_has_its_colour():
    cells = tuple(Cell(TIME + n * timedelta(minutes=3), kind, slots=9) for n, kind in enumerate(Kind))

    drawn = looked_at(quality.draw(EXPIRY, [ChainDay("NIFTY", EXPIRY, cells), ChainDay("NIFTY", EXPIRY, ())]))

    seen = [colour for _, colour in drawn.convert("RGB").getcolors(100_000)]
    assert all(any(is_near(ImageColor.getrgb(COLOURS[kind]), each) for each in seen) for kind in Kind)
    looked_at(quality.draw(EXPIRY, []))
