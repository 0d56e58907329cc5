"""A certificate in words: for a person's terminal, and as a JSON document."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from oi_cli.quality.certificate import Certificate, ChainCertificate
from oi_cli.quality.checks import CHECKS, named
from oi_cli.quality.report import as_json, rate, show_faults, strikes
from oi_common.market.completeness import Cell, Kind
from oi_common.market.grades import Grade, score_said

# Each kind is told apart by its character, so that no colour is needed.
MARKS = {
    Kind.LIVE: ("█", "green"),
    Kind.QUIET: ("▒", "green"),
    Kind.REPAIRED: ("r", "bold cyan"),
    Kind.UNSEALED: ("?", "bold yellow"),
    Kind.MISSING: ("x", "bold red"),
    Kind.UNDERWAY: ("·", "dim"),
}
_A_LINE = 60  # buckets: three hours
_STYLES = {Grade.A_PLUS: "green", Grade.A: "green", Grade.B: "cyan", Grade.C: "yellow"}


def show_certificate(console: Console, certificate: Certificate) -> None:
    """Print a block for each chain, at most 100 columns wide."""
    console.print(_headline(certificate))
    for chain in certificate.chains:
        console.print()
        console.print(Text.assemble((named(chain.chain), "bold"), "   ", graded(chain.grade, chain.score)))
        for line in strip(chain.cells):
            console.print(line)
        for said in facts(chain):
            console.print(f"  {said}", markup=False)
    for legacy_chain, rows in certificate.legacy:
        console.print(f"\n{named(legacy_chain)}: {rows} legacy rows, not graded", markup=False)
    console.print()
    if certificate.chains:
        console.print(Text.assemble("  ", *_legend()))
        show_faults(console, certificate.faults)


def graded(grade: Grade | None, score: float | None) -> Text:
    if grade is None or score is None:
        return Text("no grade: no bucket is due yet", style="dim")
    return Text.assemble((str(grade), f"bold {_STYLES.get(grade, 'red')}"), f"   {score_said(score)} of 100")


def strip(cells: Sequence[Cell]) -> Iterator[Text]:
    """Yield lines of one character per bucket, each with the time of its first."""
    for start in range(0, len(cells), _A_LINE):
        of_line = cells[start : start + _A_LINE]
        yield Text.assemble(f"  {of_line[0].time:%H:%M} ", *(MARKS[cell.kind] for cell in of_line))


def facts(chain: ChainCertificate) -> Iterator[str]:
    """Yield the numbers of a chain, a line for each thing they are about."""
    summary, greeks, (slots, missed) = chain.summary, chain.greeks, chain.slots
    yield (
        f"buckets: {len(chain.due)} expected, {chain.seen} seen, {chain.saved} saved, {chain.sealed} sealed, "
        f"{chain.count(Kind.REPAIRED)} repaired, {chain.count(Kind.MISSING)} missing"
    )
    yield f"polls: {slots} slots, {slots - missed} seen, {missed} missed; {rate(summary.polls_per_minute)} a minute"
    yield f"age of the newest data at a bucket's end: {_ages_said(chain)}"
    yield f"candles: {chain.merged} of {len(chain.due)} merged; strikes: {strikes(summary.strikes)}"
    yield (
        f"Greeks: {greeks.broker + greeks.model} of {greeks.legs} legs have an IV "
        f"(broker {greeks.broker}, model {greeks.model})"
    )
    repaired, longest = sum(gap.is_repaired for gap in chain.gaps), max(map(_buckets, chain.gaps), default=0)
    yield (
        f"gaps: {len(chain.gaps)}, {repaired} repaired, longest {longest} buckets; "
        f"longest sealed run: {summary.longest_run}; duplicates: {summary.duplicates}"
    )


def headline(certificate: Certificate) -> str:
    """Say of what the certificate is: the day, and up to when it is graded when it still runs."""
    if not certificate.is_so_far:
        return f"{certificate.day:%a %d %b %Y}"
    last = certificate.last_graded
    graded_to = f", graded up to the bucket of {last:%H:%M}" if last else ""
    return f"{certificate.day:%a %d %b %Y} so far{graded_to}"


def document(certificate: Certificate) -> dict[str, Any]:
    """Return everything as one JSON object. Ages are in seconds, times IST."""
    return {
        "day": certificate.day.isoformat(),
        "so_far": certificate.is_so_far,
        "judged_at": certificate.until.isoformat(timespec="seconds"),
        "grade": certificate.grade,
        "score": _rounded(certificate.score),
        "holds": not certificate.faults,
        "chains": [{**as_json(chain.summary), **_chain_document(chain)} for chain in certificate.chains],
        "legacy": [
            {"index_name": chain.index_name, "expiry": chain.expiry.isoformat(), "rows": rows}
            for chain, rows in certificate.legacy
        ],
        "checks": len(CHECKS),
        "faults": [{"check": fault.check, "said": fault.said} for fault in certificate.faults],
    }


def _chain_document(chain: ChainCertificate) -> dict[str, Any]:
    slots, missed = chain.slots
    ages = chain.ages
    return {
        "grade": chain.grade,
        "score": _rounded(chain.score),
        "buckets_expected": len(chain.due),
        "buckets_seen": chain.seen,
        "buckets_saved": chain.saved,
        "buckets_sealed": chain.sealed,
        "buckets_repaired": chain.count(Kind.REPAIRED),
        "buckets_missing": chain.count(Kind.MISSING),
        "poll_slots": slots,
        "poll_slots_missed": missed,
        "age_at_bucket_end": None
        if ages is None
        else {"median": ages.median, "p95": ages.p95, "max": ages.most},
        "candles_merged": chain.merged,
        "greeks": chain.greeks._asdict(),
        "gaps_repaired": sum(gap.is_repaired for gap in chain.gaps),
        "longest_gap": max(map(_buckets, chain.gaps), default=0),
        "cells": [[f"{cell.time:%H:%M}", cell.kind] for cell in chain.cells],
    }


def _headline(certificate: Certificate) -> Text:
    parts = Text.assemble((headline(certificate), "bold"))
    return (
        Text.assemble(parts, "   grade ", graded(certificate.grade, certificate.score))
        if certificate.grade
        else parts
    )


def _legend() -> Iterator[str | tuple[str, str]]:
    for kind, mark in MARKS.items():
        yield mark
        yield f" {kind}   "


def _ages_said(chain: ChainCertificate) -> str:
    ages = chain.ages
    return (
        "-" if ages is None else f"median {ages.median:.0f} s, p95 {ages.p95:.0f} s, most {ages.most:.0f} s"
    )


def _buckets(gap: Any) -> int:
    return int(gap.buckets)


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, 3)
