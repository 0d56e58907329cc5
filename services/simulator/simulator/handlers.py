"""The exchange's front office: every REST request, handshake and socket message comes through here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from simulator.core.accounts import Account, Accounts, SessionRules, profile_of
from simulator.core.chains import chains_asked, chains_told
from simulator.core.derivatives import answer_buildup, answer_gainers, answer_greeks, answer_put_call_ratio
from simulator.core.endpoints import ENDPOINTS, Endpoint
from simulator.core.faults import Switchboard
from simulator.core.feed import Feed
from simulator.core.gateway import Gateway, NotAdmitted
from simulator.core.history import AnswerHistory, answer_candles, answer_oi, checked, parse_history_request
from simulator.core.limits import RateLimits
from simulator.core.market import Market
from simulator.core.quotes import (
    Listing,
    answer_intraday,
    answer_ltp,
    answer_quotes,
    answer_search,
    parse_quote_request,
    unfetched_item,
)
from simulator.core.spoiling import refuse_history, spoiled
from simulator.core.tally import Tally
from simulator.core.wire import JSON, RATE_REFUSAL, Refused, Reply, as_json, body_of, failure, success, text
from simulator.core.wire import field as text_field

Body = dict[str, Any]


class Clock(Protocol):
    """The exchange's own time."""

    def now(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Request:
    """One REST request to a known endpoint; `headers` ignores case."""

    endpoint: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Rules:
    """How this exchange treats its clients."""

    account: Account = field(default_factory=Account)
    sessions: SessionRules = field(default_factory=SessionRules)
    most_ticks_per_second: float = 2000.0
    seed: int = 1


class Exchange:
    """One simulated broker and exchange; it knows no network and waits for nothing."""

    def __init__(self, market: Market, clock: Clock, wall: Callable[[], datetime], rules: Rules) -> None:
        self.tally = Tally()
        self.faults = Switchboard(self.tally)
        self.feed = Feed(market, self.faults, self.tally, most_ticks_per_second=rules.most_ticks_per_second)
        self.clock = clock
        self.market = market
        self._wall = wall
        self._accounts = Accounts([rules.account], rules.sessions, seed=rules.seed)
        self._gateway = Gateway(self._accounts, self.faults)
        self._limits = RateLimits()
        self._listing = Listing(market)
        self._answers = self._table()

    def on_request(self, request: Request) -> Reply:
        """Return the broker's answer to a request, right or spoiled; some are still to be finished."""
        endpoint, at = ENDPOINTS[request.endpoint], self.clock.now()
        self._note(endpoint, request, at)
        latency = self.faults.strike("latency_ms", at, endpoint.name)
        try:
            reply = spoiled(self.faults, endpoint.name, at) or self._answered(endpoint, request, at)
        except Refused as e:
            reply = self._refusal(e, at)
        if reply.status == 403:
            self.tally.refused[endpoint.name] += 1
        return replace(reply, asked_at=at, delay=float(latency.value) / 1000 if latency else 0.0)

    def on_order(self, path: str) -> Reply:
        """Refuse whatever has to do with orders, and remember that somebody asked."""
        self.tally.order_calls[path] += 1
        return failure(Refused("AB1006"))

    def on_handshake(self, headers: Mapping[str, str], query: Mapping[str, str]) -> int:
        """Return the number of a new socket; raises NotAdmitted."""
        number = self.feed.open(self._gateway.admit(headers, query, self.clock.now()))
        if number is None:
            raise NotAdmitted(429)
        return number

    def on_sent(self, reply: Reply) -> None:
        """Remember that a reply has gone out to a client who was still there."""
        self.tally.count_answer(reply.chains, reply.asked_at)

    def _note(self, endpoint: Endpoint, request: Request, at: datetime) -> None:
        self.tally.count_request(endpoint.name, at, endpoint.quota)
        if endpoint.name == "quote":
            self.tally.chains_asked.update(chains_asked(request.body, self._listing))

    def _answered(self, endpoint: Endpoint, request: Request, at: datetime) -> Reply:
        self._gateway.check_headers(request.headers)
        body = body_of(request.body) if endpoint.method == "POST" else {}
        client = (
            str(body.get("clientcode", ""))
            if endpoint.is_open
            else self._gateway.client_of(request.headers, at)
        )
        if not self._limits.admits(client, endpoint, at):
            self.tally.refused_by_limiter[endpoint.name] += 1
            return text(RATE_REFUSAL, 403)
        refuse_history(self.faults, endpoint.name, at)
        return self._answers[endpoint.name](client, body, at)

    def _refusal(self, refusal: Refused, at: datetime) -> Reply:
        # Users see AG8001 with HTTP 200, inferred from their clients' behaviour: hence the switch.
        reply = failure(refusal)
        is_token = refusal.code.startswith("AG")
        status = self.faults.strike("token_failure_status", at) if is_token else None
        return replace(reply, status=int(float(status.value))) if status else reply

    def _table(self) -> dict[str, Callable[[str, Body, datetime], Reply]]:
        market, listing = self.market, self._listing
        return {
            "loginByPassword": self._log_in,
            "generateTokens": self._generate_tokens,
            "getProfile": self._profile,
            "logout": self._log_out,
            "quote": self._quote,
            "getLtpData": lambda _, body, at: success(answer_ltp(body, market, listing, self._fed(at))),
            "searchScrip": lambda _, body, _at: success(answer_search(body, listing)),
            "getCandleData": partial(self._history, answer_candles),
            "getOIData": partial(self._history, answer_oi),
            "optionGreek": lambda _, body, at: success(answer_greeks(body, market, listing, at)),
            "putCallRatio": lambda _, _body, at: success(answer_put_call_ratio(market, listing, at)),
            "OIBuildup": lambda _, body, at: success(answer_buildup(body, market, listing, at)),
            "gainersLosers": lambda _, body, at: success(answer_gainers(body, market, listing, at)),
            "nseIntraday": lambda _, _body, _at: success(answer_intraday("NSE", listing)),
            "bseIntraday": lambda _, _body, _at: success(answer_intraday("BSE", listing)),
        }

    def _log_in(self, client: str, body: Body, at: datetime) -> Reply:
        pin, code = str(body.get("password", "")), str(body.get("totp", ""))
        tokens = self._accounts.log_in(client, pin, code, at=at, wall=self._wall())
        state = {"state": body["state"]} if "state" in body else {}
        return success(tokens.as_json() | state)

    def _generate_tokens(self, _client: str, body: Body, at: datetime) -> Reply:
        return success(self._accounts.refresh(str(body.get("refreshToken", "")), at=at).as_json())

    def _profile(self, client: str, _body: Body, at: datetime) -> Reply:
        fault = self.faults.strike("profile_fails", at)
        if fault and fault.value == "throttled":
            return text(RATE_REFUSAL, 403)
        if fault and fault.value == "invalid_token":
            raise Refused("AG8001")
        return success(None if fault else profile_of(client))

    def _log_out(self, client: str, body: Body, _at: datetime) -> Reply:
        if text_field(body, "clientcode") != client:
            raise Refused("AB1004")
        self._accounts.log_out(client)
        return success("")

    def _quote(self, _client: str, body: Body, at: datetime) -> Reply:
        request = parse_quote_request(body)
        withheld = [key for key in request.wanted if self.faults.strike("unfetched_share", at)]
        asked = replace(request, wanted=tuple(key for key in request.wanted if key not in withheld))
        answer = answer_quotes(asked, self.market, self._listing, self._fed(at))
        answer["unfetched"] += [unfetched_item(*key) for key in withheld]
        if answer["fetched"]:
            return replace(success(answer), chains=chains_told(request, answer, self._listing))
        # With nothing fetched the broker's document shows the other envelope.
        return as_json({"success": True, "message": "SUCCESS", "errorCode": "", "data": answer})

    def _history(self, answer: AnswerHistory, _client: str, body: Body, at: datetime) -> Reply:
        request = checked(parse_history_request(body), self._listing)
        reply = Reply(200, JSON, later=lambda: success(answer(request, self.market, self._listing, at)))
        # Days that are over may have to be made first: too long a work for the loop that also feeds the sockets.
        return reply if request.start.date() < at.date() else reply.finished()

    def _fed(self, at: datetime) -> datetime:
        """Return the moment quotes speak of: now, or earlier when the feed is made stale."""
        stale = self.faults.strike("stale_feed_seconds", at)
        return at - timedelta(seconds=float(stale.value)) if stale else at
