"""The table as lines: what stands where, and that no line is ever wider than the terminal."""

import pytest

from oi_cli.chain.columns import LEFT_OUT_FIRST
from oi_cli.chain.screen import draw
from oi_cli.chain.view import Leg, Measures, Polls, Wall
from oi_cli.chain.words import DASH
from support.chain_views import BUCKET, leg, row, view

WIDEST = leg(
    oi=123_456_789_012, oi_change=-123_456_789_012, oi_percent=-1e6, close=123456.75, close_change=-98765.4,
    close_percent=1e6, delta=-1.0, theta=-12345.678,
)  # fmt: skip


def drawn(a_view, width=200, height=50, **options):
    return [line.plain.rstrip() for line in draw(a_view, width=width, height=height, **options).lines]


def line_of(strike, lines):
    """Return a strike's line: one below the headings, in which it stands as a word of its own."""
    below = next(place for place, line in enumerate(lines) if "Strike" in line) + 1
    return next(line for line in lines[below:] if f" {strike} " in f"{line} " or f"▸{strike}◂" in line)


def styles_of(a_view, strike, width=200):
    """Return the styles of a strike's line by the words they are put on."""
    lines = draw(a_view, width=width, height=50).lines
    plain = line_of(strike, [line.plain for line in lines])
    line = next(line for line in lines if line.plain == plain)
    return {line.plain[span.start : span.end].strip(): str(span.style) for span in line.spans}


def test_a_hundred_and_twenty_columns_hold_all_eighteen_in_their_order():
    lines = drawn(view(), width=120)

    assert line_of(24600, lines).split() == [
        "-12.3", "0.52", "-3.1", "+11.1", "104.75", "101.50", "135.0", "150.0",
        "24600",
        "150.0", "135.0", "101.50", "104.75", "+11.1", "-3.1", "-0.48", "-12.3",
        "▲", "Mod",
    ]  # fmt: skip
    assert not any("left out" in line for line in lines)


def test_two_hundred_columns_hold_whole_verdicts_and_bars():
    line = line_of(24600, drawn(view()))

    assert line.endswith("Mod Bull")
    assert line.count("█" * 12) == 2


@pytest.mark.parametrize("width", [1, 20, 40, 60, 80, 100, 119, 120, 121, 160, 200, 250])
@pytest.mark.parametrize(
    "a_view",
    [
        view(),
        view(measures=Measures(), polls=None, previous_time=None, vix=None, spot=None, spot_at=None),
        view(*(row(strike, ce=WIDEST, pe=WIDEST) for strike in range(123_400, 123_500, 10)), spot=123_450.0),
        view(*(row(strike) for strike in range(20_000, 30_000, 50))),
        view(rows=()),
    ],
    ids=["usual", "unknown", "widest", "200 strikes", "none"],
)
def test_no_line_is_wider_than_the_terminal(a_view, width):
    lines = drawn(a_view, width=width)

    assert max(map(len, lines)) <= width


def test_narrower_terminals_leave_columns_out_in_the_stated_order():
    order = ", ".join(LEFT_OUT_FIRST)
    cells = []

    for width in range(140, 30, -1):
        lines = drawn(view(), width=width)
        said = next((line for line in lines if line.startswith("left out for width: ")), "")
        assert order.startswith(said.removeprefix("left out for width: ").rstrip("…"))
        cells.append(len(line_of(24600, lines).split()))

    assert cells == sorted(cells, reverse=True)
    assert cells[0] == 18 + 1  # a verdict has two words
    assert cells[-1] == 5  # close and OI of both sides, the strike


def test_eighty_columns_keep_what_the_neighbours_do_not_tell():
    lines = drawn(view(), width=80)

    assert line_of(24600, lines).split() == [
        "0.52", "-3.1", "+11.1", "101.50", "150.0", "24600", "150.0", "101.50", "+11.1", "-3.1", "-0.48", "▲", "Mod",
    ]  # fmt: skip
    assert "left out for width: previous close, previous OI, Theta" in lines


def test_the_unknown_is_a_dim_dash_and_zero_is_zero():
    a_view = view(row(24500, ce=Leg(), pe=leg(oi=0, oi_change=0, oi_percent=0.0), verdict=None))

    line = line_of(24500, drawn(a_view, width=120))

    assert line.split()[:8] == [DASH] * 8
    assert line.split()[-1] == DASH
    assert "0.0" in line.split()
    assert styles_of(a_view, 24500, width=120)[DASH] == "dim"


def test_a_chain_of_one_side_is_drawn():
    rows = [row(strike, pe=Leg(), verdict=None) for strike in (24450, 24500, 24550)]

    line = line_of(24550, drawn(view(*rows), width=120))

    assert line.split()[9:] == [DASH] * 9


def test_no_strikes_are_said_to_be_none():
    lines = drawn(view(rows=()), width=120)

    assert "no strikes in this snapshot" in lines
    assert any(line.startswith("0 strikes   0 changed") for line in lines)


def test_the_money_and_the_walls_are_marked():
    lines = drawn(view())

    assert "R1▸24500◂S1" in line_of(24500, lines)
    assert " 24000 S2" in line_of(24000, lines)
    assert "R2 24800 " in line_of(24800, lines)
    assert [line for line in lines if "▸" in line] == [line_of(24500, lines)]


def test_changes_are_green_up_and_red_down_and_a_fresh_wall_stands_out():
    styles = styles_of(view(), 24000)

    assert (styles["+11.1"], styles["-3.1"]) == ("green", "red")
    assert styles["S2"] == "bold reverse green"
    assert styles_of(view(), 24800)["R2"] == "bold red"


@pytest.mark.parametrize(("said", "style"), [("Strong Bearish", "bold red"), ("Mild Bullish", "green")])
def test_verdicts_carry_their_colour(said, style):
    short = " ".join(word.replace("ish", "") for word in said.split())

    assert styles_of(view(row(24500, verdict=said)), 24500)[short] == style


def test_many_strikes_are_cut_to_the_height_with_the_money_in_the_middle():
    wide = view(*(row(strike) for strike in range(20_000, 30_000, 50)), spot=25_010.0)

    drawing = draw(wide, width=120, height=44)

    places = [place for place, line in enumerate(drawing.lines) if "▸25000◂" in line.plain]
    assert len(drawing.lines) == 44
    assert drawing.shown == 44 - 2 - 3 - 2  # header, headings, footer
    assert abs(places[0] - (5 + drawing.shown // 2)) <= 1
    assert f"{drawing.shown} of 200 strikes   200 changed" in drawing.lines[-2].plain


def test_as_many_strikes_as_wished_are_shown_and_some_on_the_smallest_terminal():
    assert draw(view(), width=120, height=44, strikes=7).shown == 7
    assert draw(view(), width=120, height=5).shown == 3


def test_the_header_tells_of_the_whole_chain():
    said = "   ".join(drawn(view())[:2])

    for words in (
        "NIFTY 24 Nov 2026", "spot 24512.10", "bucket 18 Nov 10:03 saved", "data 5 s old",
        "direction MILDLY BULLISH 62 %", "PCR 0.83", "max pain 24500", "straddle 231.40", "ATM IV 12.3 %",
        "VIX 13.25", "support 24500 24000! 24300", "resistance 24500 24800",
    ):  # fmt: skip
        assert words in said


def test_what_is_not_known_of_the_chain_is_a_dash_and_vix_is_left_out():
    said = "   ".join(drawn(view(measures=Measures(), vix=None, now=None))[:2])

    for name in ("data", "direction", "PCR", "max pain", "straddle", "ATM IV", "support", "resistance"):
        assert f"{name} {DASH}" in said
    assert "VIX" not in said


def test_the_footer_counts_and_names_the_conventions():
    missed = Polls(5, 9, ("10:03:20", "10:03:40", "10:04:00", "10:04:20"))

    said = "   ".join(drawn(view(polls=missed))[-2:])

    assert "20 strikes   20 changed   polls 5 of 9, missed 10:03:20 10:03:40 10:04:00 ..." in said
    assert f"Change: against the previous snapshot, {BUCKET:%H}:00" in said
    assert "OI in lakh (100,000)" in said


def test_the_first_snapshot_of_the_day_has_nothing_to_be_compared_with():
    assert "Change: none, this is the day's first snapshot" in "   ".join(drawn(view(previous_time=None)))


def test_a_chain_far_below_a_lakh_is_written_in_thousands():
    small = leg(oi=12_340, oi_change=340)
    lines = drawn(view(row(7400, ce=small, pe=small), spot=7400.0, measures=Measures(support=(Wall(7400),))))

    assert line_of(7400, lines).split().count("12.3") == 2
    assert any("'000" in line for line in lines)
    assert any("OI in thousands" in line for line in lines)
