"""Lots by contract, strike steps and ticks."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oi_common.market.rulebook.contracts import lot_size, steps, strike_step, tick_size
from oi_common.market.rulebook.expiries import expiry_days


@pytest.mark.parametrize(
    ("index", "expiry", "lot"),
    [
        # zerodha.com bulletin 375282 and business-standard.com of 3 Apr 2024
        ("NIFTY", "2024-04-25", 50),
        ("NIFTY", "2024-05-02", 25),
        ("FINNIFTY", "2024-07-23", 40),
        ("FINNIFTY", "2024-07-30", 25),
        ("MIDCPNIFTY", "2024-07-22", 75),
        ("MIDCPNIFTY", "2024-07-29", 50),
        ("BANKNIFTY", "2024-05-29", 15),
        # angelone.in on the circulars of Oct 2024: weeklies change before the monthly of January
        ("NIFTY", "2024-12-26", 25),
        ("NIFTY", "2025-01-02", 75),
        ("NIFTY", "2025-01-30", 25),
        ("NIFTY", "2025-02-06", 75),
        ("NIFTY", "2025-02-27", 75),
        ("BANKNIFTY", "2025-01-30", 15),
        ("BANKNIFTY", "2025-02-27", 30),
        ("FINNIFTY", "2025-01-30", 25),
        ("FINNIFTY", "2025-02-27", 65),
        ("MIDCPNIFTY", "2025-01-30", 50),
        ("MIDCPNIFTY", "2025-02-27", 120),
        ("NIFTYNXT50", "2025-01-30", 10),
        ("NIFTYNXT50", "2025-02-27", 25),
        ("SENSEX", "2025-01-03", 10),
        ("SENSEX", "2025-01-07", 20),
        ("SENSEX", "2025-01-28", 10),
        ("SENSEX", "2025-02-04", 20),
        ("BANKEX", "2025-01-28", 15),
        ("BANKEX", "2025-02-25", 30),
        # NSE circular of 28 Mar 2025 (ndtvprofit.com): from the monthly of July
        ("NIFTY", "2025-06-26", 75),
        ("NIFTY", "2025-07-31", 75),
        ("BANKNIFTY", "2025-06-26", 30),
        ("BANKNIFTY", "2025-07-31", 35),
        ("FINNIFTY", "2025-07-31", 65),
        ("MIDCPNIFTY", "2025-06-26", 120),
        ("MIDCPNIFTY", "2025-07-31", 140),
        ("NIFTYNXT50", "2025-07-31", 25),
        ("SENSEX", "2025-07-29", 20),
        ("BANKEX", "2025-07-29", 30),
        # NSE/FAOP/70616 of 3 Oct 2025: what ends on 30 Dec 2025 keeps the old lot
        ("NIFTY", "2025-12-30", 75),
        ("NIFTY", "2026-01-06", 65),
        ("BANKNIFTY", "2025-12-30", 35),
        ("BANKNIFTY", "2026-01-27", 30),
        ("FINNIFTY", "2025-12-30", 65),
        ("FINNIFTY", "2026-01-27", 60),
        ("MIDCPNIFTY", "2025-12-30", 140),
        ("MIDCPNIFTY", "2026-01-27", 120),
        ("NIFTYNXT50", "2026-01-27", 25),
        ("SENSEX", "2026-01-08", 20),
        ("BANKEX", "2026-01-29", 30),
        # instrument lists of Jul and Aug 2026, long-dated ones too
        ("NIFTY", "2026-09-29", 65),
        ("NIFTY", "2031-06-24", 65),
        ("BANKNIFTY", "2027-06-29", 30),
    ],
)
def test_lots_change_by_contract(index, expiry, lot):
    assert lot_size(index, date.fromisoformat(expiry)) == lot


@given(st.dates(date(2024, 1, 1), date(2026, 12, 31)), st.sampled_from(sorted(steps().keys())))
def test_each_index_with_strikes_has_a_lot_on_every_day(day, index):
    assert lot_size(index, day) > 0
    assert strike_step(index, day) > 0


def test_each_contract_with_a_lot_of_its_own_was_listed():
    """The two monthlies of January 2025 that kept the old lot are real contracts."""
    found = {
        index: [each.is_monthly for each in expiry_days(index, day, day)]
        for index, day in (("NIFTY", date(2025, 1, 30)), ("SENSEX", date(2025, 1, 28)))
    }

    assert found == {"NIFTY": [True], "SENSEX": [True]}


@pytest.mark.parametrize(
    ("index", "step"),
    [("NIFTY", 50), ("BANKNIFTY", 100), ("FINNIFTY", 50), ("MIDCPNIFTY", 25), ("NIFTYNXT50", 100),
     ("SENSEX", 100), ("BANKEX", 100), ("CRUDEOILM", 50), ("SILVERMIC", 1000)],
)  # fmt: skip
def test_strikes_are_so_far_apart(index, step):  # general knowledge but for NIFTYNXT50 (fyers.in)
    assert strike_step(index, date(2026, 11, 20)) == step


@pytest.mark.parametrize("segment", ["NFO", "BFO", "MCX"])
def test_options_move_in_steps_of_five_paise(segment):  # instrument lists of Jul and Aug 2026
    assert tick_size(segment, date(2026, 11, 20)) == Decimal("0.05")
