"""Tables are checked when they are read, and say where they are wrong."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oi_common.market.rulebook import charges, contracts, days, expiries, hours, phases
from oi_common.market.rulebook.tables import FIRST_DAY, BadRulebook, NotInRulebook, Timelines

LOTS = "index,effective_from,lot,source\n"
DAYS = "calendar,date,kind,name,opens,closes,source\n"
PHASES = "market,phase,effective_from,begins,ends,source\n"

TABLES = {
    "sessions.csv": hours.table,
    "phases.csv": phases.table,
    "expiries.csv": expiries.table,
    "lots.csv": contracts.lots,
    "strike_steps.csv": contracts.steps,
    "tick_sizes.csv": contracts.ticks,
    "charges.csv": charges.table,
    "brokerage.csv": charges.brokerage,
}


@pytest.mark.parametrize(
    ("rows", "where", "said"),
    [
        ("NIFTY,2024-01-01,fifty,c", "lots.csv, line 2, column lot", "'fifty'"),
        ("NIFTY,2024-01-01,-50,c", "lots.csv, line 2, column lot", "above 0"),
        ("NIFTY,1 Jan 2024,50,c", "lots.csv, line 2, column effective_from", "'1 Jan 2024'"),
        ("NIFTY,2024-01-01,50,", "lots.csv, line 2, column source", "where it comes from"),
        ("NIFTY,2024-01-01,50,unverified", "lots.csv, line 2, column source", "where it comes from"),
        (" NIFTY,2024-01-01,50,c", "lots.csv, line 2, column index", "spaces"),
        ("NIFTY,2024-01-01,50", "lots.csv, line 2, column all", "3 cells instead of 4"),
        ("NIFTY,2024-01-02,50,c", "lots.csv, line 2, column effective_from", "hole"),
        (
            "NIFTY,2024-01-01,50,c\nNIFTY,2024-01-01,25,c",
            "lots.csv, line 3, column effective_from",
            "overlaps",
        ),
        (
            "NIFTY,2023-01-01,50,c\nNIFTY,2022-05-02,25,c",
            "lots.csv, line 3, column effective_from",
            "overlaps",
        ),
        (
            "NIFTY,2024-01-01,50,c\nSENSEX,2024-01-01,10,c\nNIFTY,2024-05-02,25,c",
            "lots.csv, line 4, column index",
            "do not stand together",
        ),
        ("", "lots.csv, line 1, column all", "empty"),
    ],
)
def test_a_wrong_row_is_refused_with_its_file_line_and_column(rows, where, said):
    with pytest.raises(BadRulebook, match=where) as refused:
        contracts.read_lots(LOTS + rows)

    assert said in str(refused.value)


def test_another_header_is_refused():
    with pytest.raises(BadRulebook, match=r"line 1.*index,effective_from,lot,source"):
        contracts.read_lots("index,lot,effective_from,source\nNIFTY,50,2024-01-01,c")


@pytest.mark.parametrize(
    ("rows", "where"),
    [
        ("equity,2026-01-26,holiday,Republic Day,09:00,,c", "line 2, column opens"),
        ("equity,2026-01-26,fast,Republic Day,,,c", "line 2, column kind"),
        ("stocks,2026-01-26,holiday,Republic Day,,,c", "line 2, column calendar"),
        ("equity,2026-01-26,holiday,Republic Day,,,", "line 2, column source"),
        ("equity,2026-11-08,muhurat,Diwali,18:00,,c", "line 2, column opens"),
        ("equity,2026-11-08,muhurat,Diwali,19:00,18:00,c", "line 2, column closes"),
        ("commodity,2026-01-26,evening_only,A,,23:00,c", "line 2, column opens"),
        ("equity,2026-01-26,holiday,A,,,c\nequity,2026-01-15,holiday,B,,,c", "line 3, column date"),
        ("equity,2026-01-26,holiday,A,,,c\nequity,2026-01-26,holiday,B,,,c", "line 3, column date"),
        ("commodity,2026-01-26,holiday,A,,,c\nequity,2026-01-26,holiday,A,,,c", "line 3, column calendar"),
        (
            "equity,2024-03-02,half_session,A,09:15,10:00,c\nequity,2024-03-02,half_session,A,09:45,11:00,c",
            "line 3, column date",
        ),
    ],
)
def test_a_wrong_day_is_refused(rows, where):
    with pytest.raises(BadRulebook, match=f"days.csv, {where}"):
        days.read(DAYS + rows)


@pytest.mark.parametrize("times", ["15:35,15:15", "15:15,", ",15:35"])
def test_a_phase_that_ends_before_it_begins_is_refused(times):
    with pytest.raises(BadRulebook, match=r"phases\.csv, line 2, column ends"):
        phases.read(f"{PHASES}cash,auction,2024-01-01,{times},c")


def test_hours_that_end_before_they_begin_are_refused():
    header = "segment,effective_from,calendar,opens,closes,us_daylight_closes,source"

    with pytest.raises(BadRulebook, match=r"sessions\.csv, line 2, column closes"):
        hours.read(f"{header}\nNFO,2024-01-01,equity,15:30,09:15,,c")


def test_weeklies_without_monthlies_are_refused():
    with pytest.raises(BadRulebook, match=r"expiries\.csv, line 2, column monthly"):
        expiries.read("index,effective_from,segment,weekly,monthly,source\nNIFTY,2024-01-01,NFO,Tuesday,,c")


def test_what_is_not_in_the_rulebook_is_an_error_that_says_so():
    with pytest.raises(NotInRulebook, match=r"lots.csv knows no GOLD, only NIFTY, BANKNIFTY"):
        contracts.lot_size("GOLD", FIRST_DAY)
    with pytest.raises(
        NotInRulebook, match=r"lots.csv begins on 2024-01-01 for NIFTY: nothing on 2023-12-31"
    ):
        contracts.lot_size("NIFTY", FIRST_DAY - timedelta(days=1))


def test_a_rule_holds_until_the_day_before_the_next():
    lots = contracts.read_lots(f"{LOTS}NIFTY,2024-01-01,50,c\nNIFTY,2024-05-02,25,c")

    found = [lots.on("NIFTY", date(2024, 5, day)) for day in (1, 2)]

    assert found == [50, 25]


@given(st.dates(date(2024, 1, 1), date(2026, 12, 31)), st.sampled_from(sorted(TABLES)))
def test_each_day_has_exactly_one_answer_in_each_table(day, file):
    table: Timelines = TABLES[file]()

    for key in table.keys():  # noqa: SIM118 - it is no dictionary
        starts = table.starts(key)
        ends = (*starts[1:], date.max)
        assert sum(begins <= day < end for begins, end in zip(starts, ends, strict=True)) == 1
        table.on(key, day)
