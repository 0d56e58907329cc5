"""Chance is repeatable, even and independent of the order it is asked in."""

import numpy as np
import pytest

from simulator.core.seeds import chance, generator, seed_of


def test_the_same_names_give_the_same_numbers_on_any_machine():
    assert seed_of(7, "oi", "NIFTY") == 0xA0729D888726DAAB
    assert generator("a", 1).random() == generator("a", 1).random()
    assert generator("a", 1).random() != generator("a", 2).random()


def test_a_number_depends_on_its_keys_only():
    together = chance(5, np.arange(10), 3)

    assert together[4] == chance(5, 4, 3)[0]
    assert chance(6, 4, 3)[0] != together[4]
    assert chance(5, 4, 2)[0] != together[4]


def test_numbers_are_spread_evenly_and_neighbours_do_not_resemble():
    found = chance(1, np.arange(100_000), 17)

    assert found.min() >= 0.0
    assert found.max() < 1.0
    assert found.mean() == pytest.approx(0.5, abs=0.005)
    assert np.std(found) == pytest.approx(12**-0.5, abs=0.005)
    assert np.corrcoef(found[1:], found[:-1])[0, 1] == pytest.approx(0.0, abs=0.01)


def test_negative_seconds_are_keys_too():
    assert 0.0 <= chance(1, np.array([5]), -1)[0] < 1.0
