"""Support and resistance, by hand and against a slow oracle."""

import numpy as np
import pytest

from oi_common.market.walls import walls
from support.chains import by_hand, chain_of, mirrored, random_changes, random_quotes, shuffled

NAN = np.nan


def strikes(found):
    return [wall.strike for wall in found]


def test_the_three_greatest_of_each_side_are_its_walls_the_money_in_the_middle():
    chain = by_hand({90: (1, 40), 100: (2, 50), 110: (30, 30), 120: (60, 2), 130: (10, 1), 140: (0, 0)})

    found = walls(chain, atm=110)

    assert strikes(found.support) == [100, 90, 110]
    assert strikes(found.resistance) == [120, 110, 130]
    assert found.support[0].strength == pytest.approx(50 / 123)
    assert (found.put_inside_out, found.call_inside_out) == (None, None)


def test_strikes_beyond_the_money_only_fill_up_and_the_greatest_of_all_is_told():
    chain = by_hand({100: (None, 50), 110: (None, 30), 120: (None, 10), 130: (None, 60)})

    found = walls(chain, atm=110)

    assert strikes(found.support) == [100, 110, 130]
    assert [wall.is_beyond for wall in found.support] == [False, False, True]
    assert found.support[2].strength == 0.4
    assert found.put_inside_out == 130
    assert found.resistance == ()


def test_calls_written_below_spot_are_a_resistance_inside_out():
    chain = by_hand({100: (90, 1), 110: (50, 1), 120: (20, 1)})

    assert walls(chain, atm=110).call_inside_out == 100
    assert strikes(walls(chain, atm=110).resistance) == [110, 120, 100]
    assert walls(chain, atm=100).call_inside_out is None


def test_without_the_money_all_strikes_count_alike():
    found = walls(by_hand({100: (90, 7), 110: (50, 9), 120: (20, 8)}))

    assert strikes(found.resistance) == [100, 110, 120]
    assert strikes(found.support) == [110, 120, 100]
    assert found.support[0].is_beyond is None


def test_of_equal_walls_the_one_nearest_the_money_comes_first():
    chain = by_hand({90: (0, 5), 100: (0, 5), 110: (5, 0), 120: (5, 0)})

    assert strikes(walls(chain, atm=105).support) == [100, 90]
    assert strikes(walls(chain, atm=105).resistance) == [110, 120]


def test_a_wall_is_fresh_when_fewer_than_three_strikes_added_more():
    chain = by_hand({90: (0, 10), 100: (0, 50), 110: (0, 40), 120: (0, 1), 130: (0, 1)})
    changes = np.array([7.0, 3.0, NAN, 5.0, 9.0])

    found = walls(chain, put_change=changes, atm=110)

    assert [(wall.strike, wall.change, wall.is_fresh) for wall in found.support] == [
        (100, 3, False), (110, None, None), (90, 7, True),
    ]  # fmt: skip


def test_oi_that_leaves_makes_no_wall_fresh():
    chain = by_hand({90: (0, 10), 100: (0, 50)})

    found = walls(chain, put_change=np.array([-7.0, 0.0]), atm=100)

    assert [wall.is_fresh for wall in found.support] == [False, False]


def slow_side(quotes, changes, side, atm):
    """The oracle: sort a list of rows, the plainest way."""
    up = 1 if side == "PE" else -1
    oi = {strike: quote.oi for (strike, of_side), quote in quotes.items() if of_side == side and quote.oi}

    def is_beyond(strike):
        return atm is not None and up * strike > up * atm

    def place(strike):
        return is_beyond(strike), -oi[strike], abs(strike - (atm or strike)), -up * strike

    added = sorted((change for change in changes.values() if change is not None and change > 0), reverse=True)

    def fresh(strike):
        change = changes[strike]
        return None if change is None else change > 0 and sum(one > change for one in added) < 3

    rows = [
        (
            at,
            oi[at],
            oi[at] / sum(oi.values()),
            changes[at],
            fresh(at),
            None if atm is None else is_beyond(at),
        )
        for at in sorted(oi, key=place)[:3]
    ]
    own, others = ([n for at, n in oi.items() if is_beyond(at) is beyond] for beyond in (False, True))
    if not others or max(own, default=0) >= max(others):
        return rows, None
    return rows, min((at for at in oi if is_beyond(at)), key=place)


def as_rows(found):
    return [(w.strike, w.oi, w.strength, w.change, w.is_fresh, w.is_beyond) for w in found]


def test_ten_thousand_chains_have_the_walls_of_the_slow_oracle():
    inside_out = 0
    for seed in range(10_000):
        quotes = random_quotes(seed)
        chain = chain_of(quotes)
        calls, puts = random_changes(seed, chain)
        atm = None if seed % 5 == 0 else seed % 40 * 50 + 50
        found = walls(chain, calls, puts, atm)

        for side, rows, odd, change in (
            ("PE", found.support, found.put_inside_out, puts),
            ("CE", found.resistance, found.call_inside_out, calls),
        ):
            told = {int(at): None if np.isnan(c) else c for at, c in zip(chain.strikes, change, strict=True)}
            assert (as_rows(rows), odd) == slow_side(quotes, told, side, atm), seed
            inside_out += odd is not None
    assert inside_out > 500


@pytest.mark.parametrize("seed", range(0, 400, 7))
def test_a_chain_seen_in_a_mirror_has_its_support_for_resistance(seed):
    quotes = random_quotes(seed)
    atm = None if seed % 2 else 900

    found, of_mirror = (
        walls(chain_of(quotes), atm=atm),
        walls(chain_of(mirrored(quotes)), atm=atm and 4000 - atm),
    )

    assert strikes(found.support) == [4000 - at for at in strikes(of_mirror.resistance)]
    assert strikes(found.resistance) == [4000 - at for at in strikes(of_mirror.support)]
    assert [w.strength for w in found.support] == [w.strength for w in of_mirror.resistance]


@pytest.mark.parametrize("seed", range(0, 400, 7))
def test_neither_the_scale_of_oi_nor_the_order_of_rows_moves_a_wall(seed):
    chain = chain_of(random_quotes(seed))
    other_order = chain_of(shuffled(random_quotes(seed), seed))
    chain.calls.oi[:] *= 75
    chain.puts.oi[:] *= 75

    found, before = walls(chain, atm=900), walls(other_order, atm=900)

    assert strikes(found.support + found.resistance) == strikes(before.support + before.resistance)
    assert [w.strength for w in found.support] == pytest.approx([w.strength for w in before.support])
