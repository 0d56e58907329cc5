"""The broker's REST paths, whom they let in and how often."""

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Limit:
    """How many requests a client code may make in any second, minute and hour; None is unlimited."""

    second: int | None = None
    minute: int | None = None
    hour: int | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One path; `window` names the quota it is counted against, which several paths may share."""

    name: str
    method: Literal["GET", "POST"]
    path: str
    limit: Limit = Limit()
    window: str = ""
    is_open: bool = False  # asked without a token

    @property
    def quota(self) -> str:
        return self.window or self.name


_AUTH = "/rest/auth/angelbroking"
_SECURE = "/rest/secure/angelbroking"
_CANDLES = Limit(second=3, minute=180, hour=5000)
_TEN = Limit(second=10, minute=500, hour=5000)
_ONE = Limit(second=1)

# Limits: the broker's RateLimit page (2026). getOIData is not on it; its users see it counted with the candles.
_KNOWN = (
    Endpoint("loginByPassword", "POST", f"{_AUTH}/user/v1/loginByPassword", _ONE, is_open=True),
    Endpoint("generateTokens", "POST", f"{_AUTH}/jwt/v1/generateTokens", Limit(second=1, hour=1000)),
    Endpoint("getProfile", "GET", f"{_SECURE}/user/v1/getProfile", Limit(second=3, hour=1000)),
    Endpoint("logout", "POST", f"{_SECURE}/user/v1/logout", _ONE),
    Endpoint("quote", "POST", f"{_SECURE}/market/v1/quote", _TEN),
    Endpoint("getCandleData", "POST", f"{_SECURE}/historical/v1/getCandleData", _CANDLES, "history"),
    Endpoint("getOIData", "POST", f"{_SECURE}/historical/v1/getOIData", _CANDLES, "history"),
    Endpoint("optionGreek", "POST", f"{_SECURE}/marketData/v1/optionGreek", _ONE),
    Endpoint("putCallRatio", "GET", f"{_SECURE}/marketData/v1/putCallRatio"),
    Endpoint("OIBuildup", "POST", f"{_SECURE}/marketData/v1/OIBuildup"),
    Endpoint("gainersLosers", "POST", f"{_SECURE}/marketData/v1/gainersLosers"),
    Endpoint("nseIntraday", "GET", f"{_SECURE}/marketData/v1/nseIntraday"),
    Endpoint("bseIntraday", "GET", f"{_SECURE}/marketData/v1/bseIntraday"),
    Endpoint("searchScrip", "POST", f"{_SECURE}/order/v1/searchScrip", _ONE),
    Endpoint("getLtpData", "POST", f"{_SECURE}/order/v1/getLtpData", _TEN),
)
ENDPOINTS: Final = {endpoint.name: endpoint for endpoint in _KNOWN}

# Whatever else lives under these has to do with orders or holdings, which nobody here may ask for.
ORDER_ROOTS: Final = (
    f"{_SECURE}/order/",
    f"{_SECURE}/portfolio/",
    f"{_SECURE}/gtt/",
    f"{_SECURE}/margin/",
    f"{_SECURE}/edis/",
    f"{_SECURE}/brokerage/",
    "/gtt-service/",
)
SOCKET_PATH: Final = "/smart-stream"
MASTER_PATH: Final = "/OpenAPI_File/files/OpenAPIScripMaster.json"


def is_order_path(path: str) -> bool:
    """Say whether a path that is no endpoint of ours belongs to orders, holdings or margins."""
    return path.startswith(ORDER_ROOTS)
