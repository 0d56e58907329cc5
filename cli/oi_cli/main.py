"""The `oi` command."""
# ruff: noqa: E402 - loading takes a second or two, and a Ctrl-C in it must not be answered with a traceback

from oi_cli.interrupts import die_quietly, listen_again

die_quietly()

import typer

from oi_cli.backfill.command import backfill
from oi_cli.backup.command import backup, restore
from oi_cli.dead import dead
from oi_cli.demo.command import demo
from oi_cli.exits import EXIT_CODES, Commands
from oi_cli.export.command import export
from oi_cli.migrate import migrate
from oi_cli.paper.command import paper
from oi_cli.record.command import record
from oi_cli.replay.command import replay
from oi_cli.retention.command import archive
from oi_cli.score.command import score
from oi_cli.setup.command import setup
from oi_cli.table import table
from oi_cli.verify import EPILOG as VERIFY_EPILOG
from oi_cli.verify import verify

app = typer.Typer(
    cls=Commands,
    help="OI Monitor: an open-interest ledger for Indian index options.",
    epilog=f"REDIS_URL and DATABASE_URL say where the data is (see .env.example). {EXIT_CODES}",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    setup,
    demo,
    table,
    paper,
    score,
    backfill,
    migrate,
    export,
    record,
    replay,
    backup,
    restore,
    archive,
):
    app.command(epilog=EXIT_CODES)(command)
app.command(epilog=VERIFY_EPILOG)(verify)
app.add_typer(dead, name="dead")
listen_again()

if __name__ == "__main__":
    app()
