"""Who may do what in MySQL: the users and grants that deploy/mysql/accounts.sql makes.

A table's writers are those that its comment in oi_common/tables names ("Written by: ..."); what is read beside them
stands here. The file is made by `python deploy/access/mysql_grants.py`; with `--check` it is only compared.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from oi_common import tables
from oi_common.tables import metadata

FILE: Final = Path(__file__).parents[1] / "mysql/accounts.sql"
_TABLES: Final = Path(tables.__file__).parent
# The comment, as far as its first sentence goes, and the table below it.
_SAYS: Final = re.compile(r'^# Written by: ((?:.*\n# )*?.*?)\.[\s\S]*?^\w+ = Table\(\s*"(\w+)"', re.MULTILINE)
EVERYONE: Final = "every service"

SERVICES: Final = (
    "ingest-ws",
    "poller",
    "bucketer",
    "ai-minimal",
    "ai-rich",
    "paper-trader",
    "notifier",
    "dashboard",
    "recorder",
)
_LEDGER: Final = ("chain_buckets", "index_candles", "option_snapshots")
# Whom the bot talks to, nobody else has to know.
ALL_BUT_CHATS: Final = tuple(sorted(set(metadata.tables) - {"telegram_chats"}))

# What a service reads of tables that it does not write.
READS: Final[dict[str, tuple[str, ...]]] = {
    "poller": _LEDGER,
    "ai-minimal": ("paper_positions",),
    "ai-rich": ("chain_buckets", "option_snapshots", "paper_positions"),
    "paper-trader": ("ai_decisions", "index_candles", "option_snapshots"),
    # Its answers and pictures show whatever the ledger holds.
    "notifier": tuple(sorted(metadata.tables)),
    "dashboard": ALL_BUT_CHATS,
    "recorder": ("ai_decisions", "coverage_gaps", "oi_changes", *_LEDGER),
    # A person with `oi`; tables are made, and backups put back, by the user migrate.
    "operator": ALL_BUT_CHATS,
}
# Rows are removed nowhere else: what a backfill told makes way for what was seen live.
_REMOVES: Final = {"bucketer": ("chain_buckets", "oi_changes", "option_snapshots")}
_NEVER_CHANGED: Final = ("paper_trades",)

_USER: Final = """
CREATE USER IF NOT EXISTS '{name}'@'%' ACCOUNT LOCK;
SET @made = CONCAT('ALTER USER ''{name}''@''%'' IDENTIFIED BY ', QUOTE(@`{name}`), ' ACCOUNT UNLOCK');
PREPARE made FROM @made;
EXECUTE made;
DEALLOCATE PREPARE made;
SET @made = NULL, @`{name}` = NULL;
REVOKE ALL PRIVILEGES, GRANT OPTION FROM '{name}'@'%';
"""
_HEAD: Final = """\
-- The users of the services, each with what it needs and nothing else. Made by deploy/access/mysql_grants.py.
-- Run it in the ledger's database, after the migrations, as often as you like; @`USER` holds each password before.
"""


def writers() -> dict[str, tuple[str, ...]]:
    """Return who writes each table, as its comment says."""
    found = {}
    for file in sorted(_TABLES.glob("*.py")):
        for said, table in _SAYS.findall(file.read_text(encoding="utf-8")):
            everyone = EVERYONE in said
            found[table] = tuple(
                name for name in SERVICES if everyone or re.search(rf"(?<![\w-]){name}(?![\w-])", said)
            )
    return found


def users() -> tuple[str, ...]:
    return (*SERVICES, "operator")


def grants(user: str) -> Iterator[str]:
    """Yield what one user may do, table by table."""
    written = {table for table, names in writers().items() if user in names}
    for table in sorted(written | set(READS.get(user, ()))):
        may = ["SELECT"]
        if table in written:
            may += ["INSERT"] if table in _NEVER_CHANGED else ["INSERT", "UPDATE"]
        if table in _REMOVES.get(user, ()):
            may.append("DELETE")
        yield f"GRANT {', '.join(may)} ON {table} TO '{user}'@'%';"


def text() -> str:
    parts = [_HEAD]
    for user in users():
        parts += [_USER.format(name=user), *(f"{grant}\n" for grant in grants(user))]
    return "".join(parts)


def main(arguments: list[str]) -> int:
    if "--check" not in arguments:
        FILE.write_text(text())
    elif FILE.read_text() != text():
        print(f"{FILE} is not what the tables say: run python deploy/access/mysql_grants.py")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
