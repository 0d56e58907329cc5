"""`oi verify`: how complete is a day, and are its tables what they must be?"""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from oi_cli.exits import EXIT_CODES, Exit, Failed
from oi_cli.quality.cells import judged_until
from oi_cli.quality.certificate import Certificate, certified
from oi_cli.quality.ledger import Ledger
from oi_cli.quality.reading import last_day, read_ledger
from oi_cli.quality.words import document, show_certificate
from oi_cli.reading import Settings, connect_reader, reading
from oi_cli.retention.records import is_archived
from oi_common.clock import WallClock
from oi_common.errors import Misconfigured, Unavailable
from oi_common.market.buckets import utc_naive, wall_time
from oi_common.market.grades import EXPLAINED, Grade

EPILOG = f"{EXPLAINED} {EXIT_CODES}"

Day = Annotated[
    datetime | None, typer.Option("--day", formats=["%Y-%m-%d"], help="Default: the last day there is.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document instead of lines.")]
Image = Annotated[
    Path | None,
    typer.Option(
        "--image", metavar="FILE.png", help="Draw the certificate as a picture, too.", dir_okay=False
    ),
]
Minimum = Annotated[
    Grade | None, typer.Option("--minimum-grade", help="Exit with 1 when the day is graded below this.")
]


def verify(day: Day = None, as_document: Json = False, image: Image = None, minimum: Minimum = None) -> None:  # noqa: FBT002 - typer's way to say a flag
    """Grade a day's completeness: buckets, polls, candles, Greeks and gaps of each chain; check its tables.

    A day that still runs is graded up to now. Exit code 1 when a check is broken, or the grade is below
    --minimum-grade.
    """
    certificate = certificate_of(Settings.load().database_url, day.date() if day else None)
    if as_document:
        typer.echo(json.dumps(document(certificate), indent=2))
    else:
        show_certificate(Console(highlight=False, soft_wrap=True), certificate)
    if image is not None:
        save_picture(certificate, image)
    raise typer.Exit(verdict(certificate, minimum))


def verdict(certificate: Certificate, minimum: Grade | None) -> Exit:
    """Return BROKEN for a broken check, and for a day of which the least grade cannot be said."""
    grade = certificate.grade
    too_low = minimum is not None and (grade is None or not grade.is_at_least(minimum))
    return Exit.BROKEN if certificate.faults or too_low else Exit.FINE


def certificate_of(database_url: str, day: date | None) -> Certificate:
    """Read and grade one day, the last one without `day`. Raises Unavailable when there is nothing to read."""
    now = WallClock().now()
    ledger = read_day(database_url, day, utc_naive(now))
    return certified(ledger, judged_until(ledger, wall_time(now)))


def read_day(database_url: str, day: date | None, wall: datetime) -> Ledger:
    engine = connect_reader(database_url)
    try:
        with reading(engine) as connection:
            chosen = day or last_day(connection)
            if chosen is not None and is_archived(connection, chosen):
                raise Failed(f"{chosen} is in the archive: `oi archive --load {chosen}` brings it back")
            ledger = read_ledger(connection, chosen, wall) if chosen else None
    finally:
        engine.dispose()
    if ledger is None or not (ledger.chains() or ledger.legacy):
        raise Unavailable(
            f"there is nothing to verify {f'on {day}' if day else 'yet'}: chain_buckets is empty; "
            "let the bucketer run in market hours, or try `oi demo`"
        )
    return ledger


def save_picture(certificate: Certificate, file: Path) -> None:
    """Draw the certificate. Raises Misconfigured when the file cannot be written."""
    from oi_cli.quality.picture import draw  # noqa: PLC0415 - matplotlib is slow to import

    try:
        draw(certificate, file)
    except OSError as e:
        raise Misconfigured(f"--image: {file} cannot be written ({e.strerror})") from e
