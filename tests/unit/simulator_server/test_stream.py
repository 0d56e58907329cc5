from aiohttp import web

from simulator.adapters import stream


def test_a_consumer_that_reads_nothing_loses_the_oldest_frames_and_memory_stays_bounded():
    line = stream._Line(web.WebSocketResponse(), None)
    most = stream._MOST_WAITING

    lost = [line.put([b"old"] * most), line.put([b"new"] * 10)]

    assert lost == [0, 10]
    assert len(line._waiting) == most
    assert line._waiting[-1] == b"new"
