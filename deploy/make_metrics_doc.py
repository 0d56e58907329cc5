"""Write docs/metrics.md from the code: deploy/make_metrics_doc.py [--check]."""

import ast
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOC = ROOT / "docs/metrics.md"
LIBRARY = ROOT / "libs/common/oi_common"

# Common parts by the files that count for them: the first that fits.
COMMON = {
    "ai": ("llm/", "advice/"),
    "broker": ("broker/", "limiter.py"),
    "stream": ("",),
}
SHOWN_BY = {
    "ai": "Shown by the services that ask models: ai-minimal and ai-rich.",
    "broker": "Shown by the services that talk to the broker: ingest-ws and poller.",
    "stream": "Shown by every service that reads or writes streams.",
}
# How the series of a kind end.
ENDINGS = {"Counter": ("_total",), "Gauge": ("",), "Histogram": ("_bucket", "_count", "_sum")}
UNITS = ("seconds", "bytes", "ratio", "rupees")
# What would be a second spelling of a unit or of a label.
OTHER_UNITS = (
    "ms",
    "milliseconds",
    "minutes",
    "hours",
    "percent",
    "points",
    "inr",
    "paise",
    "kb",
    "mb",
    "total",
)
LABELS = {
    "action": "ENTER or EXIT",
    "because": "The machine reason, as in `ai_decisions`",
    "category": "The broker's rate-limit category of a request",
    "code": "The code the broker sent, `unreadable` for none",
    "command": "The command of the chat, `unknown` for any that is none",
    "decision": "ENTER, HOLD, EXIT or WAIT",
    "engine": "`llm` or `rules`",
    "expiry": "The chain's expiry day",
    "group": "The consumer group, named after its service",
    "index_name": "The underlying, as in the tables",
    "loop": "`minimal` or `rich`",
    "model": "The model that was asked",
    "outcome": "What came of it",
    "reason": "Why",
    "service": "The service that holds the leases",
    "slot": "The socket's place among the three of a client code",
    "stream": "The stream's key",
    "why": "Why it was worth telling",
}
HEAD = """# Metrics

Every service answers `/metrics` on its `HEALTH_PORT` (8080 in containers) in Prometheus' text format. This page is made
from the code by `deploy/make_metrics_doc.py`, and a test fails when it is stale.

**Names**: `oi_` + the service's package, or a part of the common library + what is counted + the unit, if it has one.
Units are base units: seconds, bytes, rupees, ratio (0.01 is one percent); without a unit it is a number of things.
Counters end in `_total` and begin at 0 with the process; histograms have `_bucket`, `_sum` and `_count`.
Beside these, the client library shows `process_*` and `python_*`.
"""


@dataclass(frozen=True)
class Metric:
    """One metric as the code declares it; `part` is whose it is."""

    part: str
    kind: str
    name: str
    says: str = ""
    labels: Sequence[str] = ()

    @property
    def series(self) -> tuple[str, ...]:
        """The names a query may use."""
        return tuple(self.name + ending for ending in ENDINGS[self.kind])

    @property
    def shown(self) -> str:
        return self.name + ("_total" if self.kind == "Counter" else "")

    @property
    def unit(self) -> str:
        """The unit its name says; empty for a number of things."""
        return next((unit for unit in UNITS if self.name.endswith(f"_{unit}")), "")


def metrics() -> list[Metric]:
    """Return what the code declares, by part and name."""
    files = [*LIBRARY.rglob("*.py"), *ROOT.glob("services/*/*/**/*.py")]
    found = [metric for file in files for metric in _declared(file)]
    return sorted(found, key=lambda metric: (metric.part in COMMON, metric.part, metric.name))


def faults_of(metric: Metric) -> list[str]:
    """Return how a metric breaks the naming scheme, or leaves something unsaid."""
    last = metric.name.rsplit("_", 1)[-1]
    faults = {
        f"does not begin with oi_{metric.part}_": not metric.name.startswith(f"oi_{metric.part}_"),
        f"ends in {last}, which is no base unit": last in OTHER_UNITS,
        "has no description": not metric.says.strip(),
        "ends its description with a full stop": metric.says.endswith("."),
        "is a histogram without a unit": metric.kind == "Histogram" and not metric.unit,
    }
    faults |= {f"has a label {name} that nobody explains": name not in LABELS for name in metric.labels}
    return [f"{metric.name} {fault}" for fault, holds in faults.items() if holds]


def page() -> str:
    """Return the whole page."""
    known = metrics()
    parts = dict.fromkeys(metric.part for metric in known)
    sections = [_section(part, [metric for metric in known if metric.part == part]) for part in parts]
    used = sorted({label for metric in known for label in metric.labels})
    labels = ["## Labels\n", "| label | meaning |", "| --- | --- |"]
    labels += [f"| `{label}` | {LABELS.get(label, '')} |" for label in used]
    return "\n".join([HEAD, *sections, *labels]) + "\n"


def _section(part: str, known: list[Metric]) -> str:
    lines = [f"## {part.replace('_', '-')}\n"]
    if part in SHOWN_BY:
        lines.append(SHOWN_BY[part] + "\n")
    lines += ["| metric | type | unit | labels | description |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([*lines, *map(_row, known)]) + "\n"


def _row(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels)
    cells = (f"`{metric.shown}`", metric.kind.lower(), metric.unit or "number", labels or "none", metric.says)
    return "| " + " | ".join(cells) + " |"


def _declared(file: Path) -> Iterator[Metric]:
    source = file.read_text(encoding="utf-8")
    if "prometheus_client" not in source:
        return
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id=kind), args=[ast.Constant(value=str()), *_]) if kind in ENDINGS:
                yield Metric(_part_of(file), kind, *map(ast.literal_eval, node.args[:3]))


def _part_of(file: Path) -> str:
    if not file.is_relative_to(LIBRARY):
        return file.relative_to(ROOT / "services").parts[1]
    inside = file.relative_to(LIBRARY).as_posix()
    return next(part for part, begins in COMMON.items() if inside.startswith(begins))


def main() -> int:
    """Write the page; with --check only say whether it is stale."""
    faults = [fault for metric in metrics() for fault in faults_of(metric)]
    text = page()
    stale = not DOC.exists() or DOC.read_text(encoding="utf-8") != text
    if stale and "--check" not in sys.argv:
        DOC.write_text(text, encoding="utf-8")
        print(f"{DOC.name}: written")
    elif stale:
        faults.append(f"{DOC.name} is not what the code says: run deploy/make_metrics_doc.py")
    print(*faults, sep="\n", end="\n" if faults else "")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
