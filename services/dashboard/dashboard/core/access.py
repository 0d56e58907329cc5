"""Who may see the page: whoever has the token, or where there is none, whoever sits at this machine."""

import hmac
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

COOKIE: Final = "oi_dashboard"
_LOCAL: Final = frozenset({"127.0.0.1", "localhost", "::1"})


class Access:
    """Compares in constant time. The cookie holds what is derived from the token, never the token itself."""

    def __init__(self, token: str | None) -> None:
        self._token = token.encode() if token is not None else None

    @property
    def needs_token(self) -> bool:
        return self._token is not None

    @property
    def cookie(self) -> str:
        """The cookie's value: it outlives a restart, and is worthless once the token is changed."""
        return hmac.new(self._token or b"", b"oi dashboard cookie", sha256).hexdigest()

    def takes_token(self, given: str) -> bool:
        return self._token is not None and hmac.compare_digest(
            given.encode("utf-8", "surrogateescape"), self._token
        )

    def takes_cookie(self, given: str) -> bool:
        return self._token is None or hmac.compare_digest(
            given.encode("utf-8", "surrogateescape"), self.cookie.encode()
        )

    def takes_host(self, host: str) -> bool:
        """Without a token the name in the address must be this machine's: another site's name may point here, too."""
        return self.needs_token or hostname(host) in _LOCAL


def is_same_origin(origin: str, host: str) -> bool:
    """Say whether a page that opens a socket is ours; programs that are no browsers send no origin."""
    return not origin or urlsplit(origin).netloc.lower() == host.lower()


def hostname(host: str) -> str:
    return (urlsplit(f"//{host}").hostname or "").lower()
