"""What the benchmarks found, as one table: printed at the end, and written into docs/performance.md when asked."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"
HEADER = ("path", "baseline in the same run", "target", "measured", "met")


class Seconds(float):
    """How long something took, as it says itself."""


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table. `at_most`: the target is a ceiling, not a floor. `unit` stands behind both numbers."""

    path: str
    baseline: str
    target: float
    measured: float
    unit: str = "x"
    at_most: bool = False

    @property
    def is_met(self) -> bool:
        return self.measured <= self.target if self.at_most else self.measured >= self.target

    @property
    def cells(self) -> tuple[str, ...]:
        bound = "≤" if self.at_most else "≥"
        return (
            self.path,
            self.baseline,
            f"{bound} {self.target:g}{self.unit}",
            f"{self.measured:.3g}{self.unit}" if self.measured < 1000 else f"{self.measured:,.0f}{self.unit}",
            "yes" if self.is_met else "no",
        )


def markdown(results: list[Result]) -> str:
    rows = [HEADER, tuple("---" for _ in HEADER), *(each.cells for each in results)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def machine() -> str:
    """Return the processor, how many of it, and the Python that ran."""
    names = [line.partition(":")[2].strip() for line in _cpu_facts() if line.startswith("model name")]
    return f"{len(names) or os.cpu_count()} x {names[0] if names else platform.machine()}, Python {platform.python_version()}"


def _cpu_facts() -> list[str]:
    facts = Path("/proc/cpuinfo")
    return facts.read_text().splitlines() if facts.exists() else []


def written_into(document: str, table: str) -> str:
    """Return the document with the table between its marks. Raises ValueError when it has none."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the document has no {BEGIN} … {END}")
    return f"{before}{begin}\n{table}\n{end}{after}"
