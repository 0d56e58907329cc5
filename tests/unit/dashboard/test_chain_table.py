import re

import pytest

from dashboard.core.chain_table import around, chain_table
from dashboard.core.facts import Leg, Wall
from support.live_page import OPENS, bucket, chain, leg, strike


def rows_of(table):
    return re.findall(r"<tr[^>]*data-strike=\"(\d+)\"", table)


def cells_of(table, at):
    row = re.search(rf'<tr[^>]*data-strike="{at}">(.*?)</tr>', table, re.DOTALL).group(1)
    return [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td.*?</td>", row, re.DOTALL)]


def test_calls_stand_left_puts_right_mirrored_about_the_strike():
    table = chain_table(chain(strike(24_500, pe=leg(oi=650, oi_change=None, iv=None))))

    assert cells_of(table, 24_500) == [
        "12.3 L", "-65.0 K", "1.23 Cr", "SC", "12.3", "0.52", "101.50",
        "24500",
        "101.50", "0.52", "\N{EN DASH}", "SC", "1.23 Cr", "\N{EN DASH}", "650",
        "Mod Bull",
    ]  # fmt: skip


def test_what_nobody_said_is_a_dash_in_every_cell():
    table = chain_table(chain(strike(24_500, ce=Leg(), pe=Leg(), verdict=None, score=None)))

    cells = cells_of(table, 24_500)
    assert [cell for cell in cells if cell != "24500"] == ["\N{EN DASH}"] * 15


def test_exact_values_stand_behind_the_short_ones():
    table = chain_table(chain(strike(24_500)))

    assert "12,34,500 units" in table
    assert "-65,000 (-5.0 %)" in table


def test_strikes_ascend_around_the_money_and_the_one_at_the_money_is_marked():
    whole = chain(*(strike(at) for at in range(23_000, 26_050, 50)))

    shown = rows_of(chain_table(whole))

    assert shown == [str(at) for at in range(24_000, 25_050, 50)]
    assert re.findall(r'<tr class="atm[^"]*" data-strike="(\d+)"', chain_table(whole)) == ["24500"]
    assert len(rows_of(chain_table(whole, is_wide=True))) == 61


def test_on_a_phone_only_the_nearest_five_a_side_are_kept():
    table = chain_table(chain())

    assert len(re.findall(r'class="[^"]*\bfar\b[^"]*" data-strike', table)) == 10


def test_bars_are_as_long_as_the_oi_is_large_among_the_shown():
    table = chain_table(
        chain(strike(24_500, ce=leg(oi=1000), pe=leg(oi=250)), strike(24_550, ce=leg(oi=0), pe=Leg()))
    )

    assert re.findall(r"width:([\d.]+)%", table) == ["100.0", "25.0"]


def test_walls_are_marked_by_rank():
    table = chain_table(
        chain(bucket=bucket(resistance=(Wall(24_700), Wall(24_600)), support=(Wall(24_400),)))
    )

    assert re.findall(r"<b>(\d+)</b><em[^>]*>(\w\d)</em>", table) == [
        ("24400", "S1"),
        ("24600", "R2"),
        ("24700", "R1"),
    ]


@pytest.mark.parametrize(
    ("state", "why"), [("sealed", "no OI changed in it"), ("missing", "nobody polled it")]
)
def test_a_bucket_without_a_snapshot_of_its_own_says_which_one_is_shown(state, why):
    table = chain_table(chain(rows_at=OPENS, bucket=bucket(state=state)))

    assert f"09:18 has no snapshot of its own ({why}): this is 09:15." in table


def test_an_empty_day_says_so():
    assert "No bucket of NIFTY on 20 Nov 2026 is stored yet." in chain_table(chain(bucket=None))
    assert "No snapshot had been saved by 09:18." in chain_table(chain(rows=()))


def test_without_a_spot_the_middle_of_the_chain_is_shown():
    rows = tuple(strike(at) for at in range(24_000, 25_050, 50))

    assert [row.strike for row in around(rows, None, 1)] == [24_450, 24_500, 24_550]
    assert "atm" not in chain_table(chain(bucket=bucket(spot=None)))


def test_text_from_the_tables_is_escaped():
    table = chain_table(
        chain(strike(24_500, verdict="<script>alert(1)</script>", ce=leg(buildup='"><script>')))
    )

    assert "<script>" not in table
