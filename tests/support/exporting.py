"""A small made day to export, and the command that does it."""

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import update
from typer.testing import CliRunner

from oi_cli.main import app
from oi_common.database import Database
from oi_common.tables import option_snapshots
from support import grafana_day
from support.predecessors import Told

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC).replace(tzinfo=None)
SNAPSHOTS = (grafana_day.BUCKETS - 1) * len(grafana_day.STRIKES)
UNKNOWN = grafana_day.BUCKETS - 1  # snapshots whose ce_oi and ce_ltp nobody has said


def fill(url: str) -> None:
    database = Database(url)
    with database.engine.begin() as connection:
        grafana_day.fill(connection, NOW)
        of_one = option_snapshots.c.strike == grafana_day.STRIKES[0]
        connection.execute(update(option_snapshots).where(of_one).values(ce_oi=None, ce_ltp=None))
    database.close()


def run_oi(*arguments: object, code: int = 0) -> str:
    """Run `oi` with the arguments, check its exit code and return what it said."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result.output


class At(Told):
    """Does something each time a step that begins so is told; by default it breaks the work off."""

    def __init__(self, step: str = "", then: Callable[[], None] | None = None) -> None:
        super().__init__()
        self._step, self._then = step, then or _break_off

    def advance(self, what: str, done: int, total: int) -> None:
        super().advance(what, done, total)
        if what.startswith(self._step):
            self._then()


def _break_off() -> None:
    raise KeyboardInterrupt
