"""Telegram's errors by meaning."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from notifier.ports import Blocked, NotSent, Refused, Unsure
from oi_common.errors import Misconfigured

_NOT_CONNECTED: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_GONE: Final = ("chat not found", "user is deactivated", "bot was kicked", "group chat was")


@contextmanager
def translated() -> Iterator[None]:
    """Raise our errors in place of the library's: what certainly was not sent, what may have been, what never can be."""
    try:
        yield
    except InvalidToken as e:
        raise Misconfigured("TELEGRAM_BOT_TOKEN: Telegram does not know this token") from e
    except RetryAfter as e:
        raise NotSent(f"telegram: {e}", _seconds(e)) from e
    except (Forbidden, ChatMigrated) as e:
        raise Blocked(str(e)) from e
    except BadRequest as e:
        if "not modified" in str(e).lower():
            return
        raise (Blocked if any(word in str(e).lower() for word in _GONE) else Refused)(str(e)) from e
    except NetworkError as e:
        raise _network(e) from e
    except Conflict as e:
        raise NotSent(f"telegram: {e}") from e
    except TelegramError as e:
        raise Refused(str(e)) from e


def _network(error: NetworkError) -> Exception:
    """Tell what certainly did not arrive from what may have."""
    cause = error.__cause__
    if isinstance(cause, httpx.HTTPError) and not isinstance(cause, _NOT_CONNECTED):
        return Unsure(f"telegram: {error}")
    return NotSent(f"telegram: {error}")  # no connection, or an answer that says no


def _seconds(error: RetryAfter) -> float:
    after = error._retry_after  # noqa: SLF001 the public one changes its type between versions
    return float(after.total_seconds())
