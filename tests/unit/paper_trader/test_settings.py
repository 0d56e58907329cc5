"""The settings as a policy."""

from datetime import timedelta
from decimal import Decimal

import pytest
from pydantic import ValidationError

from paper_trader.core.rules import Rules
from paper_trader.settings import Settings


def test_the_defaults_are_the_rules_own():
    assert Settings().rules == Rules()


def test_percent_minutes_and_seconds_become_shares_and_lengths():
    given = {"paper_slippage_percent": "25", "paper_hold_minutes": "5", "paper_quote_seconds": "3"}

    rules = Settings.model_validate(given).rules

    assert (rules.slippage, rules.hold, rules.quote_age) == (
        Decimal("0.25"), timedelta(minutes=5), timedelta(seconds=3),
    )  # fmt: skip


def test_nought_switches_a_rule_off():
    given = {"paper_trail_by": "0", "paper_hold_minutes": "0", "paper_square_off": "0"}

    rules = Settings.model_validate(given).rules

    assert (rules.trail_by, rules.hold, rules.square_off) == (None, None, None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("paper_lots", "0"),
        ("paper_capital", "-1"),
        ("paper_slippage_percent", "101"),
        ("paper_max_positions", "0"),
    ],
)
def test_what_cannot_be_is_refused(name, value):
    with pytest.raises(ValidationError):
        Settings.model_validate({name: value})
