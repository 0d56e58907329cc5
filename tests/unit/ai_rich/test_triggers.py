"""What makes the deep loop decide, and which of several triggers leads."""

from datetime import timedelta

import pytest

from ai_rich.core.triggers import of_change, of_snapshot
from ai_rich.core.waiting import Waiting
from support.rich import AT, changed, saved, sealed


@pytest.mark.parametrize(("ratio", "is_trigger"), [(0.0999, False), (0.1, True), (0.3, True)])
def test_a_poll_that_changed_enough_contracts_is_a_trigger(ratio, is_trigger):
    trigger = of_change(changed(ratio=ratio), least=0.1)

    assert (trigger is not None) == is_trigger


def test_a_third_of_a_chain_is_not_missed_for_a_last_digit():
    assert of_change(changed(ratio=0.1 + 0.2), least=0.30000000000000004) is not None
    assert of_change(changed(ratio=0.3), least=0.1 + 0.2) is not None


def test_a_sealed_bucket_is_a_trigger_about_its_end():
    trigger = of_snapshot(sealed())

    assert trigger.moment == AT.replace(minute=3, second=0)
    assert trigger.kind == "bucket_sealed"


def test_a_saved_bucket_a_repaired_one_and_one_that_nobody_polled_are_no_triggers():
    assert of_snapshot(saved()) is None
    assert of_snapshot(sealed(source="backfill")) is None
    assert of_snapshot(sealed(feed_time=None, rows=())) is None


def trigger(seconds):
    return of_change(changed(AT + timedelta(seconds=seconds)), least=0.1)


def test_the_newest_trigger_leads_whatever_the_order_they_came_in():
    waiting = Waiting()
    for key, seconds in (("a", 20), ("b", 40), ("c", 0)):
        waiting.offer(key, trigger(seconds))

    batch = waiting.take()

    assert (batch.lead, set(batch.beside)) == ("b", {"a", "c"})
    assert waiting.take() is None


def test_what_comes_while_one_is_decided_upon_waits_for_the_next_decision():
    waiting = Waiting()
    waiting.offer("a", trigger(0))
    waiting.take()

    waiting.offer("b", trigger(20))
    waiting.offer("a", trigger(0))  # delivered again

    assert len(waiting) == 1
    assert waiting.take().lead == "b"


def test_what_was_not_answered_waits_again():
    waiting = Waiting()
    for key, seconds in (("a", 0), ("b", 20)):
        waiting.offer(key, trigger(seconds))
    waiting.take()
    waiting.done("a")
    waiting.offer("c", trigger(40))

    waiting.give_back()

    batch = waiting.take()
    assert (batch.lead, set(batch.beside)) == ("c", {"b"})
