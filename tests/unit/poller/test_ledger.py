"""A silent database holds no poll up."""

import asyncio
import threading
from datetime import timedelta

import pytest

from oi_common.errors import Unavailable
from poller.adapters.ledger import BucketerLedger


class SilentDatabase:
    """Answers only once it is told to; counts the questions."""

    def __init__(self):
        self.may_answer = threading.Event()
        self.asked = 0

    async def read(self, _work):
        self.asked += 1
        await asyncio.to_thread(self.may_answer.wait, 10)


async def test_a_silent_database_is_waited_for_briefly_and_asked_one_thing_at_a_time():
    database = SilentDatabase()
    ledger = BucketerLedger(database, None, patience=timedelta(milliseconds=20))

    with pytest.raises(Unavailable, match=r"within 0\.02 s"):
        await ledger.first_day("NIFTY")
    with pytest.raises(Unavailable, match="the last question"):
        await ledger.first_day("NIFTY")
    asked_meanwhile = database.asked
    database.may_answer.set()
    async with asyncio.timeout(5):
        while database.asked == 1:
            try:
                assert await ledger.first_day("NIFTY") is None
            except Unavailable:
                await asyncio.sleep(0)

    assert asked_meanwhile == 1
