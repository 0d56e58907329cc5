"""The shared session on a real Redis, with a broker of the test's own."""

import asyncio
import base64
import json
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest

from oi_common.broker.errors import BrokerUnavailable, WrongCredentials
from oi_common.broker.session import BrokerSession
from oi_common.broker.settings import BrokerSettings
from oi_common.broker.smart_connect import LoggedIn
from oi_common.broker.totp import Totp
from oi_common.connections import connect_redis
from oi_common.errors import Unavailable
from oi_common.market.buckets import IST
from support.times import SteppingClock

NINE = datetime(2026, 8, 6, 9, 0, tzinfo=IST)
MIDNIGHT = datetime(2026, 8, 7, tzinfo=IST)
SECRET = "JBSWY3DPEHPK3PXP"  # pragma: allowlist secret


def jwt(serial):
    claims = json.dumps({"exp": int(MIDNIGHT.timestamp()), "jti": serial}).encode()
    return f"eyJhbGciOiJIUzUxMiJ9.{base64.urlsafe_b64encode(claims).decode()}.c2ln"


class FakeBroker:
    """Logs in whoever has a code, unless told what to answer; remembers every code."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.codes = []

    def log_in(self, totp):
        self.codes.append(totp)
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer
        serial = len(self.codes)
        return LoggedIn(jwt(serial), f"refresh-{serial}", f"feed-{serial}")


class World:
    """Several processes' sessions over one Redis, one broker and one wall clock that waiting moves."""

    def __init__(self, url, broker, **account):
        self.url = url
        self.broker = broker
        self.wall = 1_794_974_081.0
        self.clock = SteppingClock(NINE)
        self.connections = []
        self.settings = BrokerSettings(
            **{
                "angel_api_key": "a-key",
                "angel_client_code": "A1",
                "angel_pin": "4321",
                "angel_totp_secret": SECRET,
            }
            | account
        )

    async def sleep(self, seconds):
        assert seconds > 0
        await asyncio.sleep(0)
        self.wall += seconds

    def session(self):
        redis = connect_redis(self.url)
        self.connections.append(redis)
        return BrokerSession(
            redis,
            self.settings,
            self.clock,
            log_in=self.broker.log_in,
            wall=lambda: self.wall,
            sleep=self.sleep,
        )


@asynccontextmanager
async def world(url, broker=None, **account):
    made = World(url, broker or FakeBroker(), **account)
    try:
        yield made
    finally:
        for redis in made.connections:
            await redis.aclose()


async def test_many_processes_that_need_tokens_make_one_login(redis_url):
    async with world(redis_url) as here:
        sessions = [here.session() for _ in range(8)]

        tokens = await asyncio.gather(*(session.tokens() for session in sessions))

        assert len(here.broker.codes) == 1
        assert {each.jwt for each in tokens} == {jwt(1)}


async def test_many_that_find_the_session_expired_make_one_login(redis_url):
    async with world(redis_url) as here:
        sessions = [here.session() for _ in range(8)]
        stale = [await session.tokens() for session in sessions]

        fresh = await asyncio.gather(
            *(session.renew(old) for session, old in zip(sessions, stale, strict=True))
        )

        assert len(here.broker.codes) == 2
        assert {each.jwt for each in fresh} == {jwt(2)}


async def test_no_totp_code_is_ever_sent_twice(redis_url):
    async with world(redis_url) as here:
        session = here.session()
        tokens = await session.tokens()
        for _ in range(3):
            tokens = await session.renew(tokens)

        assert len(set(here.broker.codes)) == 4


async def test_logins_are_more_than_a_second_apart(redis_url):
    async with world(redis_url) as here:
        first, second = here.session(), here.session()
        await second.renew(await first.tokens())

        assert here.clock.now() - NINE >= timedelta(seconds=1)


async def test_redis_holds_nothing_that_can_be_read(redis_url):
    async with world(redis_url) as here:
        await here.session().tokens()
        redis = here.connections[0]

        held = [await redis.get(key) for key in await redis.keys("oi:session:*")]

        assert held
        for text in held:
            assert not any(secret in text for secret in (jwt(1), "refresh-1", "feed-1", SECRET, "4321"))


async def test_other_credentials_cannot_use_what_is_shared(redis_url):
    async with world(redis_url) as ours, world(redis_url, angel_pin="9999") as theirs:
        await ours.session().tokens()

        await theirs.session().tokens()

        assert len(theirs.broker.codes) == 1


async def test_the_session_ends_when_the_jwt_says_so(redis_url):
    async with world(redis_url) as here:
        session = here.session()
        tokens = await session.tokens()
        here.clock.at = MIDNIGHT - timedelta(seconds=30)

        await session.tokens()

        assert tokens.expires_at == MIDNIGHT
        assert len(here.broker.codes) == 2


async def test_a_refused_code_gets_one_chance_with_the_next_step(redis_url):
    broker = FakeBroker(WrongCredentials("Invalid totp", code="AB1050"))
    async with world(redis_url, broker) as here:
        begin = here.wall

        tokens = await here.session().tokens()

        totp = Totp(SECRET)
        assert tokens.jwt == jwt(2)
        assert broker.codes == [totp.at(int(begin)), totp.at(int(begin) + 30)]


async def test_a_second_refusal_ends_it_for_everyone_and_over_restarts(redis_url):
    broker = FakeBroker(*(WrongCredentials("Invalid totp", code="AB1050") for _ in range(9)))
    async with world(redis_url, broker) as here:
        with pytest.raises(WrongCredentials, match="ANGEL_PIN"):
            await here.session().tokens()

        with pytest.raises(WrongCredentials, match="ANGEL_PIN"):
            await here.session().tokens()

        assert len(broker.codes) == 2


async def test_corrected_credentials_are_tried_at_once(redis_url):
    broker = FakeBroker(*(WrongCredentials("Invalid totp", code="AB1050") for _ in range(2)))
    async with world(redis_url, broker, angel_pin="0000") as before, world(redis_url) as after:
        with pytest.raises(WrongCredentials):
            await before.session().tokens()
        after.wall = before.wall

        tokens = await after.session().tokens()

        assert tokens.jwt == jwt(1)


async def test_a_wrong_api_key_is_not_tried_again(redis_url):
    broker = FakeBroker(WrongCredentials("Invalid API Key", code="AG8004"))
    async with world(redis_url, broker) as here:
        with pytest.raises(WrongCredentials, match="ANGEL_API_KEY"):
            await here.session().tokens()

        assert len(broker.codes) == 1


async def test_a_broker_that_is_away_is_no_wrong_password(redis_url):
    broker = FakeBroker(BrokerUnavailable("HTTP 503", status=503))
    async with world(redis_url, broker) as here:
        session = here.session()
        with pytest.raises(BrokerUnavailable):
            await session.tokens()

        assert (await session.tokens()).jwt == jwt(2)


async def test_good_tokens_outlive_redis_and_missing_ones_wait_for_it(own_redis):
    process, url = own_redis
    async with world(url) as here:
        session, late = here.session(), here.session()
        await session.tokens()
        process.kill()

        assert (await session.tokens()).jwt == jwt(1)
        with pytest.raises(Unavailable, match="redis"):
            await late.tokens()


async def test_a_full_redis_is_waited_for_without_a_login(own_redis):
    async with world(own_redis[1]) as here:
        session = here.session()
        await here.connections[0].config_set("maxmemory", "1")

        with pytest.raises(Unavailable, match="redis is full"):
            await session.tokens()
        assert here.broker.codes == []
        await here.connections[0].config_set("maxmemory", "0")
        assert (await session.tokens()).jwt == jwt(1)


async def test_the_lock_of_a_process_that_died_expires(redis_url):
    async with world(redis_url) as here:
        session = here.session()
        await here.connections[0].set("oi:session:{A1}:lock", "a dead process", px=300)

        assert (await session.tokens()).jwt == jwt(1)
