"""Whether the services live, how complete the day is, how old the data are."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from dashboard.core import words
from dashboard.core.facts import Chain, Service
from dashboard.core.freshness import Freshness
from dashboard.core.markup import Markup, el, joined

SILENT: Final = timedelta(seconds=30)  # as the notifier's rule service_down


def state_of(service: Service, now: datetime) -> str:
    """Return `up`, `waiting`, `silent` or `stopped`; `now` is the machine's time, UTC without zone."""
    if service.status == "stopping":
        return "stopped"
    if now - service.beat_at > SILENT:
        return "silent"
    return "up" if service.status.startswith("ready") else "waiting"


def health_panel(services: Sequence[Service], chain: Chain | None, now: datetime) -> Markup:
    """Return the heartbeats, and what the day's buckets say of the ledger itself."""
    rows = [_service(service, now) for service in services]
    none = el("p", "No service has written a heartbeat.", cls="empty")
    table = el("table", el("tbody", *rows), cls="services") if rows else none
    return joined([table, _coverage(chain)])


def _service(service: Service, now: datetime) -> Markup:
    state = state_of(service, now)
    return el(
        "tr",
        el("td", el("span", cls=f"dot {state}"), el("b", service.name), el("small", service.instance)),
        el("td", service.status if state in {"up", "waiting"} else state),
        # Rounded, so that a page that shows nothing new is not sent again each second.
        el("td", f"{words.age(_rounded(now - service.beat_at))} ago"),
        cls=state,
    )


def _rounded(length: timedelta) -> timedelta:
    return length // timedelta(seconds=10) * timedelta(seconds=10)


def _coverage(chain: Chain | None) -> Markup:
    if chain is None or not chain.points:
        return Markup()
    missing = [point.time for point in chain.points if point.state == "missing"]
    held = len(chain.points) - len(missing)
    said = f"{held} of {len(chain.points)} buckets of this chain are stored"
    which = ", ".join(words.clock(time) for time in missing[:6]) + (" …" if len(missing) > 6 else "")
    if chain.bucket is not None and chain.bucket.polls is not None:
        said += f"; {chain.bucket.time:%H:%M}: {chain.bucket.polls} of {chain.bucket.polls_expected} polls, {chain.bucket.source or 'no source'}, {chain.bucket.state}"
    return el("p", said + (f"; missing: {which}" if missing else ""), cls="note warn" if missing else "note")


def summary(services: Sequence[Service], now: datetime) -> tuple[int, int]:
    """Return how many services live, and how many there are that did not stop by themselves."""
    states = [state_of(service, now) for service in services]
    return states.count("up"), len(states) - states.count("stopped")


def strip(is_fresh: Freshness, now: datetime, alive: tuple[int, int], *, is_simulated: bool) -> Markup:
    """Return the line that is always in view: what time it is, how old the data are, how many services live."""
    up, of = alive
    return joined(
        [
            el("span", is_fresh.said, cls=f"pill {is_fresh.level}", role="status"),
            el("span", f"{up}/{of} up", title="services", cls="pill quiet" if up == of else "pill late"),
            el("span", "SIM", cls="pill quiet", title="simulated market and time") if is_simulated else "",
            el("span", f"{now:%H:%M:%S}", cls="clock", title=f"{now:%a %d %b %Y}, IST"),
        ]
    )
