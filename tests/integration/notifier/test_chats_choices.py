"""Two chats, one of which has chosen of the rules: each is told what its own setting finds, on each database."""

from datetime import time, timedelta

import pytest

from notifier.adapters.chats import Chat, Chats
from notifier.adapters.ledger import Ledger
from notifier.adapters.outbox import Outbox
from notifier.adapters.painter import LedgerPainter
from notifier.adapters.records import Records
from notifier.chat_desk import ChatDesk
from notifier.core.choices import Choices
from notifier.core.choosing import chosen
from notifier.core.commands import asked
from notifier.core.quiet import SilentHours
from notifier.core.record import Record
from notifier.handlers import Notifier
from notifier.ports import Question
from notifier.settings import Settings
from notifier.watch import Watch
from oi_common.database import Database
from oi_common.events import OiChange, OiChanged
from simulator.testing import ManualClock
from support.trader import EXPIRY, NOW, saved, write_day

USUAL, OURS = 1, 2
SILENT = SilentHours(time(23), time(8))


@pytest.fixture
def database(any_database_url):
    database = Database(any_database_url)
    yield database
    database.close()


@pytest.fixture
def outbox(database):
    return Outbox(database, (USUAL, OURS), 40)


@pytest.fixture
def notifier(database, outbox):
    return Notifier(outbox, Ledger(database), Records(database), ManualClock(NOW), ())


async def choose(database, *said, chat_id=OURS):
    choices = Choices()
    for words in said:
        choices, _ = chosen(words.split(), choices)
    await Chats(database).save(Chat(chat_id, choices=choices), NOW)
    return choices


async def titles(outbox):
    """Return what waits for each chat."""
    waiting = await outbox.waiting()
    return {chat_id: [note.title for note in waiting.get(chat_id, [])] for chat_id in (USUAL, OURS)}


def jump(percent, units=1_000_000):
    change = OiChange(
        strike=24_500, type="PE", prev_oi=10**7, oi=10**7 + units, change=units, percent=percent
    )
    return OiChanged(
        index_name="NIFTY", expiry=EXPIRY, feed_time=NOW, time=NOW.replace(minute=33, second=0), changed=1, total=10,
        changed_ratio=0.1, changes=(change,), source="live",
    )  # fmt: skip


async def test_a_chat_hears_of_a_level_that_it_alone_has_chosen(notifier, outbox, database, any_database_url):
    times = write_day(
        any_database_url, measures=lambda place: {"spot": 24500.0, "pcr_oi": 1.08 if place < 26 else 1.2}
    )
    await choose(database, "pcr middle 1.15")

    for _ in range(2):  # an entry may come twice
        await notifier.on_snapshot(saved(times[-1]))

    assert await titles(outbox) == {USUAL: [], OURS: ["NIFTY PCR above 1.15"]}


async def test_chats_whose_levels_are_both_crossed_are_told_each_of_its_own(
    notifier, outbox, database, any_database_url
):
    times = write_day(any_database_url, measures=lambda place: {"pcr_oi": 0.8 if place < 26 else 1.2})
    await choose(database, "pcr middle 0.9", "pcr severity critical")

    await notifier.on_snapshot(saved(times[-1]))

    assert await titles(outbox) == {USUAL: ["NIFTY PCR above 1"], OURS: ["NIFTY PCR above 0.9"]}
    assert [note.severity for note in (await outbox.waiting())[OURS]] == ["critical"]


async def test_a_cooldown_of_a_chat_s_own_lets_it_hear_more_often(
    notifier, outbox, database, any_database_url
):
    def measures(place):
        return {"pcr_oi": 1.1 if place % 8 < 4 else 0.9}

    times = write_day(any_database_url, measures=measures)
    await choose(database, "pcr cooldown 10")

    for bucket in times:
        await notifier.on_snapshot(saved(bucket))

    told = await titles(outbox)
    assert [sum("PCR" in title for title in told[chat]) for chat in (USUAL, OURS)] == [2, 6]


async def test_a_setting_that_changes_during_the_day_never_tells_twice_within_its_cooldown(
    notifier, outbox, database, any_database_url
):
    times = write_day(any_database_url, measures=lambda place: {"pcr_oi": 0.8 + place / 100})
    await notifier.on_snapshot(saved(times[-3]))
    before = (await titles(outbox))[OURS]

    await choose(database, "pcr middle 1.02", "pcr again 0")
    for bucket in times[-4:]:
        await notifier.on_snapshot(saved(bucket))

    assert before == ["NIFTY PCR above 1"]
    assert (await titles(outbox))[OURS] == before


async def test_a_jump_in_one_poll_is_told_where_it_is_large_enough(notifier, outbox, database):
    await choose(database, "jump 20")

    for percent in (30.0, 15.0):
        await notifier.on_change(jump(percent))

    assert await titles(outbox) == {USUAL: [], OURS: ["NIFTY 24500 PE OI +30 % in one poll"]}


def watch(database, outbox, clock):
    ledger = Ledger(database)
    painter = LedgerPainter(ledger, ("NIFTY",))
    return Watch(Settings(indices=("NIFTY",)), outbox, ledger, Records(database), painter, clock, lambda: NOW)


async def test_silence_is_told_after_each_chat_s_own_patience_and_its_end_to_both(
    database, outbox, any_database_url
):
    write_day(any_database_url)
    await choose(database, "stale 9")
    missing, back = "NIFTY: no data since 10:33", "NIFTY is back after 12 min"

    await watch(database, outbox, ManualClock(NOW + timedelta(minutes=6))).look()
    early = await titles(outbox)
    await watch(database, outbox, ManualClock(NOW + timedelta(minutes=9))).look()
    later = await titles(outbox)
    write_day(any_database_url, until=NOW + timedelta(minutes=10, seconds=30))
    await watch(database, outbox, ManualClock(NOW + timedelta(minutes=11))).look()

    assert early == {USUAL: [missing], OURS: []}
    assert later == {USUAL: [missing], OURS: [missing]}
    assert await titles(outbox) == {USUAL: [missing, back], OURS: [missing, back]}


async def test_a_setting_has_a_record_of_its_own_and_its_silence_is_told_to_those_who_have_it(
    database, outbox, any_database_url
):
    times = write_day(any_database_url, measures=lambda place: {"spot": 24000 - 10 * place})
    key = (await choose(database, "spike 3")).rule("oi_spike").key
    for bucket in times[:14]:
        await Records(database).note(key, "NIFTY", EXPIRY, bucket, "up")
        await Records(database).note("oi_spike", "NIFTY", EXPIRY, bucket, "down")

    await watch(database, outbox, ManualClock(NOW.replace(second=0))).look()

    records = await Records(database).all()
    assert records == {key: Record(14, 0, is_silent=True), "oi_spike": Record(14, 14)}
    assert await titles(outbox) == {USUAL: [], OURS: ["Rule oi_spike falls silent, as it is set here"]}


async def test_a_setting_that_is_silent_by_its_record_is_counted_on_and_not_told(
    notifier, outbox, database, any_database_url
):
    times = write_day(
        any_database_url,
        measures=lambda place: {"spot": 24000 - 10 * place, "pcr_oi": 0.8 if place < 26 else 1.2},
    )
    key = (await choose(database, "pcr middle 0.9")).rule("pcr_cross").key
    for bucket in times[:14]:
        await Records(database).note(key, "NIFTY", EXPIRY, bucket, "up")
    await watch(database, outbox, ManualClock(NOW.replace(second=0))).look()

    await notifier.on_snapshot(saved(times[-1]))

    assert (await titles(outbox))[USUAL] == ["NIFTY PCR above 1"]
    assert (await titles(outbox))[OURS] == ["Rule pcr_cross falls silent, as it is set here"]


def desk(database):
    return ChatDesk(Chats(database), Records(database), ManualClock(NOW), SILENT)


async def say(database, words, chat_id=OURS):
    answer = await desk(database).alerts(Question(chat_id, words), asked(words, ("NIFTY",)))
    return answer.text.plain


async def test_what_a_chat_says_is_kept_for_it_alone_and_beside_what_it_has_muted(database, outbox):
    await desk(database).mute(Question(OURS, "/mute gap"), asked("/mute gap", ()))

    said = await say(database, "/alerts spike 1.5")
    await say(database, "/alerts silent 21:00 08:30")
    await desk(database).unmute(Question(OURS, "/unmute gap"), asked("/unmute gap", ()))

    choices = await outbox.choices()
    assert "threshold 1.5 %, usually 1.25 %" in said
    assert choices[USUAL] == Choices()
    assert choices[OURS].silent == SilentHours(time(21), time(8, 30))
    assert choices[OURS].rule("oi_spike").numbers["side_share"] == 0.015


async def test_what_is_refused_changes_nothing_and_says_what_is_allowed(database, outbox):
    await say(database, "/alerts spike 1.5")
    before = await outbox.choices()

    said = await say(database, "/alerts spike 99")

    assert said == "Nothing was changed\n99 % is out of range: oi_spike threshold takes 0.1 to 50 %."
    assert await outbox.choices() == before


async def test_reset_makes_a_rule_or_all_as_usual_again(database, outbox):
    for words in ("/alerts spike 1.5", "/alerts gap 5", "/alerts spike reset"):
        await say(database, words)
    rules = (await outbox.choices())[OURS].rules
    await say(database, "/alerts reset")

    assert list(rules) == ["gap"]
    assert (await outbox.choices())[OURS] == Choices()
