"""The beats of one underlying, with everything outside replaced by values."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from ai_minimal.core.asking import AskingPolicy
from ai_minimal.core.telling import told_by
from ai_minimal.handlers import Adviser, LoopPolicy
from oi_common.advice import MINIMAL, Desk
from simulator.testing import ManualClock
from support.ai_minimal import session
from support.situations import AT, falling, holding, rising


class FixedSight:
    """Sees what the test says."""

    def __init__(self, it):
        self.it = it

    async def look(self, session, at):
        del session, at

    def situation(self, session, at):
        del session
        return replace(self.it, at=at)


class HeldDesk(Desk):
    """A desk whose model answers when the test lets it, with what the rules say, changed where asked."""

    def __init__(self, clock):
        super().__init__(MINIMAL, None, clock)
        self.may_answer = asyncio.Event()
        self.rejected_because = "llm:timeout"
        self.asked = []

    async def decide(self, it, **terms):
        del terms
        self.asked.append(it.at)
        await self.may_answer.wait()
        decided = self.by_rules(it, self.rejected_because)
        return replace(decided, event=decided.event.model_copy(update={"latency_ms": 500.0}))


class Told(list):
    """A teller that only remembers."""

    def tell(self, decided):
        self.append(
            (decided.event.event_time, decided.event.decision, decided.because, decided.rejected_because)
        )


class Loop:
    """An adviser with a model, and its beats by the second."""

    def __init__(self, it, *, has_model=True, told=None):
        clock = ManualClock(AT)
        self.clock, self.sight, self.told = clock, FixedSight(it), Told()
        self.desk = HeldDesk(clock)
        policy = LoopPolicy(asking=AskingPolicy(timedelta(seconds=10)), has_model=has_model)
        self.adviser = Adviser("NIFTY", "NFO", self.sight, self.desk, self.told, clock, policy, told)

    async def beat(self, *seconds):
        for second in seconds:
            self.clock.set(AT + timedelta(seconds=second))
            await self.adviser.on_beat(session(), self.clock.now())
            await asyncio.sleep(0)

    async def answers(self):
        self.desk.may_answer.set()
        await asyncio.sleep(0.01)

    @property
    def what(self):
        return [(decision, because) for _, decision, because, _ in self.told]


async def test_while_a_model_thinks_the_beats_go_on_and_enter_nothing():
    loop = Loop(rising())

    await loop.beat(0, 1, 2)

    assert loop.desk.asked == [AT]
    assert loop.what == [("WAIT", "held_back")]


async def test_a_question_without_an_answer_lets_the_rules_enter_then_and_later():
    loop = Loop(rising())
    await loop.beat(0, 1)

    await loop.answers()
    await loop.beat(*range(2, 14))

    assert loop.what == [("WAIT", "held_back"), ("ENTER", "aligned"), ("ENTER", "aligned")]
    assert loop.told[1] == (AT, "ENTER", "aligned", "llm:timeout")


async def test_an_answer_that_did_not_hold_keeps_the_rules_from_entering_on_the_same():
    loop = Loop(rising())
    loop.desk.rejected_because = "lock:unlisted_strike"
    await loop.beat(0)
    await loop.answers()
    loop.told.clear()

    await loop.beat(*range(1, 30))

    assert {decision for decision, _ in loop.what} == {"WAIT"}
    assert loop.desk.asked == [AT]


async def test_a_late_fallback_that_the_market_has_left_behind_enters_nothing():
    loop = Loop(rising())
    await loop.beat(0)
    loop.sight.it = falling()

    await loop.answers()

    assert loop.what == [("WAIT", "overtaken")]


async def test_an_exit_does_not_wait_for_a_model_that_thinks():
    loop = Loop(holding())
    await loop.beat(0)
    loop.sight.it = holding(bid=80.0)

    await loop.beat(1)

    assert loop.what == [("EXIT", "stop_hit")]


async def test_what_was_decided_before_a_restart_is_not_decided_again():
    before = Desk(MINIMAL, None, ManualClock(AT)).by_rules(rising(), "no_model")
    loop = Loop(falling(), has_model=False, told=told_by(before.event))

    await loop.beat(-1, 0)
    assert loop.told == []
    await loop.beat(1)

    assert [at for at, *_ in loop.told] == [AT + timedelta(seconds=1)]


async def test_a_bug_in_a_question_does_not_stay_hidden():
    loop = Loop(rising())
    loop.desk.by_rules = None
    await loop.beat(0)
    await loop.answers()

    with pytest.raises(TypeError):
        await loop.beat(1)
