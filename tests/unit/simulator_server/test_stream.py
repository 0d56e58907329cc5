import asyncio

from aiohttp import WSCloseCode, web

from simulator.adapters import stream
from simulator.core.feed import Drip


def test_a_consumer_that_reads_nothing_loses_the_oldest_frames_and_memory_stays_bounded():
    line = stream._Line(web.WebSocketResponse(), None)
    most = stream._MOST_WAITING

    lost = [line.put([b"old"] * most), line.put([b"new"] * 10)]

    assert lost == [0, 10]
    assert len(line._waiting) == most
    assert line._waiting[-1] == b"new"


class Wire(asyncio.Transport):
    """A connection that keeps what was written, until it is cut."""

    def __init__(self):
        super().__init__()
        self.written, self.is_cut, self.wrote = b"", False, asyncio.Event()

    def write(self, octets):
        self.written += octets
        self.wrote.set()

    def is_closing(self):
        return self.is_cut

    def abort(self):
        self.is_cut = True


async def test_closing_does_not_wait_for_a_packet_that_drips_for_hours():
    wire = Wire()
    line = stream._Line(web.WebSocketResponse(), wire)
    line.put([Drip(bytes(60_000), bytes_per_second=4)])
    sending = asyncio.create_task(line.send_all())
    await asyncio.wait_for(wire.wrote.wait(), 5)

    try:
        await asyncio.wait_for(line.close(WSCloseCode.GOING_AWAY), 5)
    finally:
        sending.cancel()

    assert wire.is_cut
    assert wire.written == b"\x82\x7e\xea\x60"  # the head of a frame of 60,000 bytes
