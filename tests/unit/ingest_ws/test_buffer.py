"""The buffer in front of Redis."""

from hypothesis import given
from hypothesis import strategies as st

from ingest_ws.adapters.buffer import TickBuffer


def test_ticks_come_out_in_the_order_they_went_in():
    buffer = TickBuffer(10)
    for number in range(5):
        buffer.put([number])

    assert (buffer.take(3), buffer.take(3), buffer.take(3)) == ([0, 1, 2], [3, 4], [])


@given(st.lists(st.lists(st.integers(), max_size=30), max_size=10), st.integers(1, 20))
def test_a_full_buffer_keeps_the_newest_and_counts_the_rest(pieces, most):
    buffer = TickBuffer(most)
    ticks = [tick for piece in pieces for tick in piece]
    for piece in pieces:
        buffer.put(piece)

    lost = buffer.take_lost()

    assert lost == max(0, len(ticks) - most)
    assert buffer.take(100) == ticks[lost:]
    assert buffer.take_lost() == 0
