"""`oi migrate`: bring the database to today's schema."""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from rich.console import Console
from sqlalchemy import make_url

from oi_cli.migration_progress import Shown
from oi_cli.reading import Settings
from oi_common.errors import Unavailable
from oi_common.migrations import upgrade

_WAITS = timedelta(seconds=60)
_ASKS_EVERY = timedelta(seconds=2)

Upgrade = Callable[[str], tuple[str | None, str]]


def migrate() -> None:
    """Bring DATABASE_URL to today's schema; safe to run again, also after it was interrupted.

    A predecessor's option_snapshots is copied to a backup first, then its rows become rows of the ledger. Waits up to
    60 s for the database.
    """
    url = Settings.load().database_url
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"migrating {shown(url)}")
    with Shown(console) as shown_progress:
        before, after = upgrade_when_up(
            url, say=shown_progress.say, run=partial(upgrade, progress=shown_progress)
        )
    console.print(outcome(before, after))


def shown(url: str) -> str:
    """Return the URL without its password."""
    return make_url(url).render_as_string(hide_password=True)


def outcome(before: str | None, after: str) -> str:
    if before == after:
        return f"nothing to do: the database is at revision {after}"
    return f"done: from {f'revision {before}' if before else 'a database without our tables'} to revision {after}"


def upgrade_when_up(
    url: str,
    *,
    say: Callable[[str], None],
    run: Upgrade = upgrade,
    monotonic: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[str | None, str]:
    """Migrate as soon as the database answers, saying that it is waited for.

    Raises Unavailable, with what to do next, when it does not come within a minute.
    """
    deadline = monotonic() + _WAITS.total_seconds()
    while True:
        started = monotonic()
        try:
            return run(url)
        except Unavailable as e:
            if monotonic() - started > _WAITS.total_seconds():
                # It was at work, and lost the database in the middle: what is done is not done again.
                deadline = monotonic() + _WAITS.total_seconds()
            left = deadline - monotonic()
            if left <= 0:
                raise _away(e) from e
            say(f"waiting for the database, {left:.0f} s more: {e}")
            sleep(min(_ASKS_EVERY.total_seconds(), left))


def _away(error: Unavailable) -> Unavailable:
    waited = f"{_WAITS.total_seconds():.0f} s"
    return Unavailable(f"{error} (waited {waited}); start it, or set DATABASE_URL to one that runs")
