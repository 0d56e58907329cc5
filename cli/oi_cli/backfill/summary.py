"""What a repair came to: a line for each chain and day."""

from collections.abc import Iterator, Mapping
from datetime import date

from oi_cli.backfill.holes import Holes
from oi_cli.backfill.waiting import Reports
from oi_cli.quality.checks import named

Counts = Mapping[tuple[str, date], Holes]


def before_lines(before: Counts) -> Iterator[str]:
    """Yield what is missing, a line for each chain and day that lacks something."""
    for (underlying, day), holes in sorted(before.items()):
        for chain, missing in sorted(holes.chains.items()):
            if missing:
                yield f"{day:%a %d %b %Y}  {named(chain)}: {_counted(missing, 'bucket')} missing"
        if holes.unknown:
            yield f"{day:%a %d %b %Y}  {underlying}: nothing is known of this day, {_counted(holes.unknown, 'bucket')}"
        if holes.candles:
            yield f"{day:%a %d %b %Y}  {underlying}: {_counted(holes.candles, 'candle')} missing"


def after_lines(before: Counts, after: Counts, reports: Reports) -> Iterator[str]:
    """Yield what was missing, what is repaired, and what is missing still and why."""
    for (underlying, day), now in sorted(after.items()):
        then = before[underlying, day]
        report = reports.get((underlying, day))
        why = report.why if report is not None and report.why else "the broker did not tell it"
        for chain in sorted({*then.chains, *now.chains}):
            if then.of(chain) or now.of(chain):
                yield _line(
                    f"{day:%a %d %b %Y}  {named(chain)}", "bucket", then.of(chain), now.of(chain), why
                )
        if now.unknown:
            yield f"{day:%a %d %b %Y}  {underlying}: still nothing is known of this day: {why}"
        if then.candles or now.candles:
            yield _line(f"{day:%a %d %b %Y}  {underlying}", "candle", then.candles, now.candles, why)


def _line(about: str, what: str, before: int, after: int, why: str) -> str:
    was = "was" if before == 1 else "were"
    repaired = f"{about}: {_counted(before, what)} {was} missing, {max(before - after, 0)} repaired"
    return f"{repaired}, {after} still missing: {why}" if after else f"{repaired}, none missing now"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
