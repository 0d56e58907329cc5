"""The desk: everyone on the list is answered, whatever is known; nobody else gets a byte."""

from datetime import date, datetime, time
from io import BytesIO

import pytest
from PIL import Image

from notifier.adapters.chats import Chat
from notifier.adapters.ledger import Snapshot
from notifier.adapters.painter import LedgerPainter
from notifier.core.commands import COMMANDS
from notifier.core.observed import observed
from notifier.core.quiet import SilentHours
from notifier.desk import Desk
from notifier.ports import NotSent, Question
from oi_common.errors import Unavailable
from oi_common.market.buckets import IST
from oi_common.tables import chain_buckets

NOW = datetime(2026, 11, 18, 10, 34, tzinfo=IST)
TIME = datetime(2026, 11, 18, 10, 33)  # noqa: DTZ001 IST wall time
EXPIRY = date(2026, 11, 24)
OURS, STRANGER = 1001, 666
SILENT = SilentHours(time(23), time(8))
HEADER = {
    **dict.fromkeys(column.name for column in chain_buckets.columns),
    "index_name": "NIFTY", "expiry": EXPIRY, "time": TIME, "state": "saved", "source": "live", "polls": 9,
    "polls_expected": 9, "polls_missed": [], "changed": 1,
}  # fmt: skip
PICTURED = ("chain", "oi", "pcr", "quality")


class EmptyLedger:
    """A day with one bucket of a chain without a strike, and nothing else."""

    is_away = False

    async def expiries(self, _index_name, _on):
        if self.is_away:
            raise Unavailable("the database is away")
        return [EXPIRY]

    async def snapshot(self, *_of):
        return Snapshot(HEADER, (), observed(HEADER, ()))

    async def day(self, *_of):
        return [HEADER]

    async def first_oi(self, *_of):
        return {}

    async def last_polls(self, indices, _on):
        return dict.fromkeys(indices)

    async def nothing(self, *_of):
        return []

    decisions = positions = closed_positions = scores = services = nothing


class NoRecords:
    async def all(self):
        return {}


class Keeper:
    async def chat(self, chat_id):
        return Chat(chat_id)

    async def save(self, chat, now):
        """Forget it."""


class Phone:
    """What arrives, and how often Telegram was called at all."""

    def __init__(self):
        self.sent, self.calls, self.is_away = [], 0, False

    async def send(self, chat_id, text, *, picture=None, **_how):
        self.calls += 1
        if self.is_away:
            raise NotSent("no connection")
        self.sent.append((chat_id, text.plain, picture))
        return len(self.sent)

    async def edit(self, question, answer, picture):
        await self.send(question.chat_id, answer.text, picture=picture)

    async def acknowledge(self, _question):
        self.calls += 1


class Now:
    def now(self):
        return NOW


@pytest.fixture
def ledger():
    return EmptyLedger()


@pytest.fixture
def phone():
    return Phone()


@pytest.fixture
def desk(ledger, phone):
    painter = LedgerPainter(ledger, ("NIFTY",))
    return Desk(
        (OURS,), ("NIFTY",), phone, Keeper(), ledger, NoRecords(), painter, Now(), Now().now, silent=SILENT
    )


@pytest.mark.parametrize(
    "command", [*COMMANDS, "start", "diff NIFTY 10:30 11:15", "mute", "mute oi_spike", "x"]
)
async def test_each_command_is_answered_of_a_chain_without_strikes_of_which_nothing_is_known(
    desk, phone, command
):
    await desk.on_question(Question(OURS, f"/{command}"))

    ((chat_id, words, picture),) = phone.sent
    assert chat_id == OURS
    assert words.strip()
    assert "None" not in words
    assert (picture is not None) == (command in PICTURED)
    if picture is not None:
        assert Image.open(BytesIO(picture)).format == "PNG"


@pytest.mark.parametrize("command", [*COMMANDS, "start", "chain NIFTY 2026-11-24"])
@pytest.mark.parametrize("press", [None, "a press"])
async def test_a_stranger_gets_not_a_byte_and_telegram_is_not_even_called(desk, phone, command, press):
    await desk.on_question(Question(STRANGER, f"/{command}", press and 1, press))

    assert (phone.sent, phone.calls) == ([], 0)


async def test_what_has_not_come_yet_is_not_compared(desk, phone):
    await desk.on_question(Question(OURS, "/diff NIFTY 10:30 11:15"))

    assert phone.sent[0][1] == "It is not 11:15 yet."


async def test_while_the_database_is_away_an_answer_says_so(desk, ledger, phone):
    ledger.is_away = True

    await desk.on_question(Question(OURS, "/chain"))

    assert "ask again" in phone.sent[0][1]


async def test_an_answer_that_cannot_be_sent_does_not_cost_the_next_one(desk, phone):
    phone.is_away = True
    await desk.on_question(Question(OURS, "/help"))
    phone.is_away = False

    await desk.on_question(Question(OURS, "/help"))

    assert len(phone.sent) == 1
