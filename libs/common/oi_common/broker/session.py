"""One login for all: tokens shared over processes and replicas, encrypted, renewed by one of them at a time."""

import asyncio
import base64
import hmac
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Final, TypeGuard
from uuid import uuid4

import msgspec
import structlog
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from prometheus_client import Counter

from oi_common.broker.errors import Throttled, WrongCredentials
from oi_common.broker.settings import BrokerSettings
from oi_common.broker.smart_connect import LoggedIn, SmartConnect
from oi_common.broker.tokens import Tokens
from oi_common.broker.totp import Totp
from oi_common.clock import Clock
from oi_common.connections import REDIS_DOWN, AsyncRedis, full_redis_is_unavailable
from oi_common.errors import Unavailable
from oi_common.limiter import SharedLimiter

LOGINS = Counter("oi_broker_logins", "Logins at the broker", ["outcome"])

_LOCK_LASTS: Final = timedelta(
    seconds=10
)  # renewed while its holder lives: a dead one keeps nobody waiting long
_LOCK_RENEWED: Final = 3.0
_LOCK_ASKED: Final = 0.1
_LOCK_WAITED_FOR: Final = 200.0  # logins, at worst two, and the waits for fresh TOTP steps
_SHARED_FOR: Final = timedelta(hours=30)
_EXPIRES_EARLY: Final = timedelta(seconds=60)
_REFUSED_FOR: Final = timedelta(minutes=15)
_COOL_DOWN: Final = timedelta(seconds=5)
_STEP: Final = 30  # seconds of one TOTP code, RFC 6238
_SAME_KEY_ALWAYS_WRONG: Final = "AG8004"  # the API key: another TOTP code cannot mend that

_UNLOCK = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
"""

_KEEP_LOCK = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 0
"""

LogIn = Callable[[str], LoggedIn]
Sleep = Callable[[float], Awaitable[None]]


class BrokerSession:
    """The account's tokens. Everyone asks here; whoever finds none valid logs in while the others wait."""

    def __init__(
        self,
        redis: AsyncRedis,
        settings: BrokerSettings,
        clock: Clock,
        *,
        log_in: LogIn | None = None,
        wall: Callable[[], float] = time.time,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._redis = redis
        self._clock = clock
        self._limiter = SharedLimiter(redis, clock, settings.angel_client_code)
        self._key = f"oi:session:{{{settings.angel_client_code}}}"
        self._cipher, self._fingerprint = _derived_from(settings)
        self._totp = Totp(settings.angel_totp_secret.get_secret_value())
        self._log_in_with = log_in or _broker_login(settings)
        self._unlock = redis.register_script(_UNLOCK)
        self._keep_lock = redis.register_script(_KEEP_LOCK)
        self._wall = wall
        self._sleep = sleep
        self._held: Tokens | None = None
        self._step_used = 0
        self._log = structlog.get_logger()

    async def tokens(self) -> Tokens:
        """Return tokens that are good as far as we know.

        Raises WrongCredentials when a person must act, Unavailable when the broker cannot be asked now.
        """
        if self._is_good(self._held):
            return self._held
        return await self._renewed(stale=None)

    async def renew(self, stale: Tokens) -> Tokens:
        """Return other tokens than `stale`, which the broker has refused: another's newer ones, or a new login's.

        One login at most; whoever is refused again must not call this in a loop.
        """
        return await self._renewed(stale=stale)

    async def _renewed(self, stale: Tokens | None) -> Tokens:
        # Without the lock nobody logs in: a full Redis is waited for like one that is away.
        with full_redis_is_unavailable():
            if (held := await self._others(stale)) is None:
                async with self._alone():
                    if (held := await self._others(stale)) is None:
                        held = await self._logged_in()
                        await self._share(held)
            self._held = held
            return held

    async def _others(self, stale: Tokens | None) -> Tokens | None:
        """Return the shared tokens if they are good and not the stale ones."""
        shared = await self._shared()
        return shared if self._is_good(shared) and (stale is None or shared.jwt != stale.jwt) else None

    def _is_good(self, tokens: Tokens | None) -> TypeGuard[Tokens]:
        if tokens is None:
            return False
        return tokens.expires_at is None or self._clock.now() < tokens.expires_at - _EXPIRES_EARLY

    async def _logged_in(self) -> Tokens:
        await self._refuse_what_was_refused()
        try:
            answer = await self._attempt()
        except WrongCredentials as e:
            # The one honest chance: the code was at the end of its step, or the clocks differ a little.
            answer = await self._second_attempt(e)
        LOGINS.labels("done").inc()
        tokens = Tokens.of(answer)
        until = tokens.expires_at.isoformat() if tokens.expires_at else "unknown"
        self._log.info("session.opened", until=until)
        return tokens

    async def _second_attempt(self, first: WrongCredentials) -> LoggedIn:
        try:
            if first.code == _SAME_KEY_ALWAYS_WRONG:
                raise first
            return await self._attempt()
        except WrongCredentials as e:
            LOGINS.labels("refused").inc()
            await self._remember_refusal()
            raise WrongCredentials(
                f"ANGEL_API_KEY, ANGEL_CLIENT_CODE, ANGEL_PIN or ANGEL_TOTP_SECRET: the broker refused the login "
                f"({e}); check them and this machine's clock. No further attempt is made for "
                f"{_REFUSED_FOR // timedelta(minutes=1)} minutes, or until they change",
                status=e.status,
                code=e.code,
            ) from e

    async def _attempt(self) -> LoggedIn:
        step = await self._fresh_step()
        await self._limiter.acquire("login")
        try:
            return await asyncio.to_thread(self._log_in_with, self._totp.at(step * _STEP))
        except Throttled:
            await self._limiter.cool_down("login", _COOL_DOWN)
            raise

    async def _fresh_step(self) -> int:
        """Return the TOTP step now, waiting (in real time) for one that nobody has used: no code is sent twice."""
        used = self._step_used
        with suppress(*REDIS_DOWN):
            used = max(used, int(await self._redis.get(f"{self._key}:step") or 0))
        while (step := int(self._wall()) // _STEP) <= used < step + 4:
            await self._sleep((used + 1) * _STEP - self._wall())
        self._step_used = step
        with suppress(*REDIS_DOWN):
            await self._redis.set(f"{self._key}:step", step, ex=10 * _STEP)
        return step

    async def _refuse_what_was_refused(self) -> None:
        with suppress(*REDIS_DOWN):
            if await self._redis.get(f"{self._key}:refused") == self._fingerprint:
                raise WrongCredentials(
                    "ANGEL_API_KEY, ANGEL_CLIENT_CODE, ANGEL_PIN or ANGEL_TOTP_SECRET: the broker has refused them "
                    "a few minutes ago, and asking again could block the account"
                )

    async def _remember_refusal(self) -> None:
        with suppress(*REDIS_DOWN):
            await self._redis.set(f"{self._key}:refused", self._fingerprint, ex=_REFUSED_FOR)

    async def _shared(self) -> Tokens | None:
        try:
            text = await self._redis.get(self._key)
        except REDIS_DOWN as e:
            raise Unavailable(f"redis holds the broker's session and is away: {e}") from e
        if not text:
            return None
        try:
            return msgspec.json.decode(self._cipher.decrypt(text), type=Tokens)
        except (InvalidToken, msgspec.DecodeError):
            return None  # of other credentials

    async def _share(self, tokens: Tokens) -> None:
        sealed = self._cipher.encrypt(msgspec.json.encode(tokens)).decode()
        with suppress(*REDIS_DOWN):
            await self._redis.set(self._key, sealed, ex=_SHARED_FOR)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """Hold the account's login lock, which outlives nobody for long: it expires."""
        key, owner = f"{self._key}:lock", uuid4().hex
        deadline = time.monotonic() + _LOCK_WAITED_FOR
        try:
            while not await self._redis.set(key, owner, nx=True, px=_LOCK_LASTS):
                if time.monotonic() > deadline:
                    raise Unavailable("another process holds the login lock and does not finish")
                await asyncio.sleep(_LOCK_ASKED)
        except REDIS_DOWN as e:
            raise Unavailable(f"redis holds the login lock and is away: {e}") from e
        keeper = asyncio.create_task(self._kept(key, owner))
        try:
            yield
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
            with suppress(*REDIS_DOWN):
                await self._unlock(keys=[key], args=[owner])

    async def _kept(self, key: str, owner: str) -> None:
        while True:
            await asyncio.sleep(_LOCK_RENEWED)
            with suppress(*REDIS_DOWN):
                await self._keep_lock(keys=[key], args=[owner, _LOCK_LASTS // timedelta(milliseconds=1)])


def _derived_from(settings: BrokerSettings) -> tuple[Fernet, str]:
    """Return the cipher and the fingerprint of the account's own secrets: nothing else needs to be kept secret."""
    secrets = (settings.angel_totp_secret, settings.angel_pin, settings.angel_api_key)
    material = "\0".join(secret.get_secret_value() for secret in secrets).encode()
    salt = settings.angel_client_code.encode()
    key = HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"oi session tokens").derive(material)
    return Fernet(base64.urlsafe_b64encode(key)), hmac.digest(key, b"oi refused login", "sha256").hex()


def _broker_login(settings: BrokerSettings) -> LogIn:
    def log_in(totp: str) -> LoggedIn:
        client = SmartConnect(settings.angel_api_key.get_secret_value(), settings.angel_rest_url)
        try:
            return client.log_in(settings.angel_client_code, settings.angel_pin.get_secret_value(), totp)
        finally:
            client.close()

    return log_in
