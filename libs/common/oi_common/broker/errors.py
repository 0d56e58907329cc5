"""What the broker's answers mean when they are not data.

OiError
├── Unavailable
│   ├── BrokerUnavailable   nothing usable came back; try again later
│   │   └── Blocked         the firewall's HTML page; do not try again fast
│   ├── Throttled           a rate limit; the whole category must wait
│   └── SessionExpired      log in once, then try again
├── Misconfigured
│   └── WrongCredentials    a person must change a setting
├── Unprocessable
│   └── BrokerRefused       this very request will never be answered
└── NoData                  asked rightly, and there is none
"""

from oi_common.errors import Misconfigured, OiError, Unavailable, Unprocessable


class BrokerError(OiError):
    """Root of the broker's failures; keeps the HTTP status and the broker's own error code."""

    def __init__(self, message: str, *, status: int | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class BrokerUnavailable(BrokerError, Unavailable):
    """The broker did not answer, or answered with nothing usable."""


class Blocked(BrokerUnavailable):
    """The broker's firewall answered instead of the broker."""


class Throttled(BrokerError, Unavailable):
    """Too many requests of this category."""


class SessionExpired(BrokerError, Unavailable):
    """The token is no longer good."""


class WrongCredentials(BrokerError, Misconfigured):
    """API key, client code, PIN or TOTP secret are wrong."""


class BrokerRefused(BrokerError, Unprocessable):
    """The broker will never answer this request, or we never send it."""


class NoData(BrokerError):
    """The broker has nothing for a rightful question."""
