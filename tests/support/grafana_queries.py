"""Every query of the dashboards as a person's view makes Grafana send it, and the way the database takes for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pymysql
import yaml  # type: ignore[import-untyped]
from sqlalchemy import make_url

from make_dashboards import dashboards
from support.grafana import View
from support.grafana_day import DAY, EXPIRY, INDEX

_PROVISIONED: Final = Path(__file__).resolve().parents[2] / "grafana/provisioning/datasources/oi.yml"
CONNECTION: Final = yaml.safe_load(_PROVISIONED.read_text(encoding="utf-8"))["datasources"][0]
IST: Final = ZoneInfo("Asia/Kolkata")
DAY_SEEN: Final = View(
    begins=datetime(2026, 11, 20, 9, 0, tzinfo=IST),
    ends=datetime(2026, 11, 20, 16, 0, tzinfo=IST),
    variables={"index": INDEX, "day": str(DAY), "expiry": str(EXPIRY), "timeframe": "15m"},
)
# What stays small: a row for each replica, some for each day.
SMALL: Final = {"services", "paper_trades"}


@dataclass(frozen=True)
class Query:
    """One query of a panel or variable, with the name a person knows it by."""

    board: str
    name: str
    sql: str


@dataclass(frozen=True)
class Step:
    """One line of EXPLAIN: how a table is read."""

    table: str
    access: str
    key: str | None
    rows: int

    @property
    def reads_everything(self) -> bool:
        """Say whether a growing table, or one of its indexes, is read from end to end."""
        return self.table not in SMALL and not self.table.startswith("<") and self.access in ("ALL", "index")

    def __str__(self) -> str:
        return f"{self.table}: {self.access} {self.key or '-'} ~{self.rows}"


@contextmanager
def connected(url: str) -> Iterator[Any]:
    """Connect as Grafana's data source does: with the time zone that its settings give the session."""
    parts = make_url(url)
    with pymysql.connect(
        host=parts.host,
        port=parts.port or 3306,
        user=parts.username,
        password=parts.password or "",
        database=parts.database,
        charset="utf8mb4",
        autocommit=True,
        init_command=f"SET time_zone = '{CONNECTION['jsonData']['timezone']}'",
    ) as connection:
        yield connection


def queries() -> Iterator[Query]:
    """Yield the queries of all panels, and those of the variables once."""
    seen: set[str] = set()
    for name, board in dashboards().items():
        for variable in board["templating"]["list"]:
            if variable["type"] == "query" and variable["name"] not in seen:
                seen.add(variable["name"])
                yield Query("variables", variable["name"], variable["query"])
        for panel in board["panels"]:
            asked = [target for target in panel["targets"] if "rawSql" in target]
            for target in asked:
                title = f"{panel['title']} {target['refId']}" if len(asked) > 1 else panel["title"]
                yield Query(name, title, target["rawSql"])


def steps(cursor: Any, statement: str) -> list[Step]:
    """Ask the database how it would go about a statement."""
    cursor.execute(f"EXPLAIN {statement}")
    names = [column[0] for column in cursor.description]
    told = [dict(zip(names, line, strict=True)) for line in cursor.fetchall()]
    return [
        Step(line["table"], line["type"], line["key"], int(str(line["rows"] or 0).split()[0]))
        for line in told
        if line["table"] and line["type"]
    ]


def rows_read(cursor: Any, statement: str) -> int:
    """Run a statement and return how many rows the database read for it, from tables and indexes."""
    before = _reads(cursor)
    cursor.execute(statement)
    cursor.fetchall()
    return _reads(cursor) - before


def _reads(cursor: Any) -> int:
    # Rows of temporary tables are not among these, but those that a sort reads again are.
    wanted = "'Handler_read_first', 'Handler_read_key', 'Handler_read_next', 'Handler_read_prev'"
    cursor.execute(f"SHOW SESSION STATUS WHERE Variable_name IN ({wanted})")
    return sum(int(value) for _, value in cursor.fetchall())
