"""What keys make of what is on view."""

import os
from datetime import date

import pytest

from oi_cli.chain.choice import Choice, after
from oi_cli.keys import KeyPresses, named_keys
from oi_cli.quality.ledger import Chain

INDICES = ("NIFTY", "BANKNIFTY", "SENSEX")
NEAR, FAR = date(2026, 11, 24), date(2026, 12, 1)
CHAINS = (Chain("NIFTY", FAR), Chain("NIFTY", NEAR))
ON_VIEW = Choice("NIFTY", NEAR)


def pressed(key, choice=ON_VIEW, chains=CHAINS, shown=21):
    return after(choice, key, INDICES, chains, shown)


def test_another_index_begins_with_its_nearest_expiry():
    assert pressed("n") == Choice("BANKNIFTY")
    assert pressed("p") == Choice("SENSEX")
    assert pressed("n", Choice("SENSEX", FAR)) == Choice("NIFTY")
    assert pressed("n", Choice("MIDCPNIFTY")) == Choice("NIFTY")


def test_expiries_go_round():
    assert pressed("e") == Choice("NIFTY", FAR)
    assert pressed("e", Choice("NIFTY", FAR)) == ON_VIEW
    assert pressed("e", chains=()).expiry is None


def test_plus_and_minus_begin_with_what_is_shown_and_leave_three():
    assert pressed("+").strikes == pressed("=").strikes == 23
    assert pressed("-").strikes == 19
    assert pressed("-", shown=4).strikes == 3


def test_q_ends_and_other_keys_change_nothing():
    assert pressed("q").has_ended
    assert pressed("x") == ON_VIEW


@pytest.mark.parametrize(
    ("typed", "keys"), [("\x1b[C", "n"), ("\x1b[A\x1b[B", "pn"), ("\x1bOD", "p"), (" Q+", "nq+")]
)
def test_arrows_and_capitals_are_the_letters_that_do_the_same(typed, keys):
    assert named_keys(typed) == keys


def test_keys_are_read_as_soon_as_they_are_there_and_none_when_they_are_not():
    read, write = os.pipe()
    try:
        keys = KeyPresses(read)
        assert keys.since_last_look() == ""
        os.write(write, b"e\x1b[C")
        assert keys.within(10) == "en"
    finally:
        os.close(read)
        os.close(write)
