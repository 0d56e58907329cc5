"""When a connection is given up, and when the next is tried."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest_ws.core.patience import BackOff, Patience, Pulse, given_up_because

PATIENCE = Patience(silence=30, drought=60)
chances = st.floats(0, 1, exclude_max=True)


@pytest.mark.parametrize(
    ("pulse", "trading", "reason"),
    [
        (Pulse(heard=99, ticked=99), True, None),
        (Pulse(heard=71, ticked=71), True, None),
        (Pulse(heard=70, ticked=70), True, "silent"),
        (Pulse(heard=70, ticked=70), False, "silent"),
        (Pulse(heard=99, ticked=40), True, "no_ticks"),
        (Pulse(heard=99, ticked=0), False, None),
    ],
)
def test_silence_always_and_a_drought_in_market_hours_end_a_connection(pulse, trading, reason):
    assert given_up_because(pulse, 100, PATIENCE, trading=trading) == reason


@given(st.integers(0, 100_000), chances)
def test_the_wait_grows_to_its_limit_and_is_never_nothing(failures, chance):
    back_off = BackOff(first=1, most=60)

    assert 0.5 <= back_off.delay(failures, chance) <= 60
    assert back_off.delay(failures, chance) <= back_off.delay(failures + 1, chance)


@given(st.integers(1, 100), chances)
def test_a_crowded_broker_is_left_alone_for_a_minute_at_least(failures, chance):
    assert BackOff().delay(failures, chance, is_crowded=True) >= 60
