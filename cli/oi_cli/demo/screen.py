"""Drawing a running demo in a terminal, 100 by 30 or larger."""

from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from oi_cli.chain.screen import draw
from oi_cli.chain.told import clipped
from oi_cli.chain.words import DASH, number, rupees
from oi_cli.demo.picture import Picture, speed_said
from oi_cli.demo.supervisor import Condition

_NOTES = 3
_FIXED_LINES = 7  # header, indices, counts, services, keys, blank lines


def screen(picture: Picture, notes: Sequence[str], *, width: int, height: int) -> RenderableType:
    shown_notes = list(notes)[-_NOTES:]
    lines: list[RenderableType] = [
        clipped(_time_line(picture), width),
        clipped(_index_line(picture), width),
        clipped(_count_line(picture), width),
        clipped(_service_line(picture.conditions, picture.statuses), width),
        Text(),
    ]
    if picture.chain is None:
        lines.append(Text("no snapshot yet: the first poll of the day makes the first one"))
    else:
        room = height - _FIXED_LINES - len(shown_notes)
        lines += draw(picture.chain, width=width, height=room).lines
    lines.append(Text())
    lines += [clipped(Text(note, style="yellow"), width) for note in shown_notes]
    lines.append(clipped(Text("n next chain   p previous   q or Ctrl-C ends", style="dim"), width))
    return Group(*lines)


def _time_line(picture: Picture) -> Text:
    now = f"{picture.now:%a %d %b %Y  %H:%M:%S}" if picture.now else "no time yet"
    return Text.assemble(("OI Monitor  ", "bold"), (now, "bold cyan"), f"   {speed_said(picture.speed)}")


def _index_line(picture: Picture) -> Text:
    parts = [
        f"{index.name} {rupees(index.spot)}  PCR {number(index.pcr)}  "
        f"bucket {f'{index.bucket:%H:%M}' if index.bucket else DASH}"
        for index in picture.indices
    ]
    return Text("   |   ".join(parts))


def _count_line(picture: Picture) -> Text:
    counts = picture.counts
    text = (
        f"ticks {counts.ticks:,}   polls {counts.polls:,}   changes {counts.changes:,}   "
        f"snapshots {counts.snapshots:,}"
    )
    dead = (f"   dead letters {counts.dead}", "bold red") if counts.dead else ""
    return Text.assemble(text, dead)


def _service_line(conditions: Sequence[Condition], statuses: Mapping[str, str]) -> Text:
    line = Text()
    for condition in conditions:
        status = statuses.get(condition.name, "ready") if condition.pid is not None else "down"
        style = "green" if status == "ready" else "red" if status == "down" else "yellow"
        again = f" ({condition.restarts} restarts)" if condition.restarts else ""
        line.append("● ", style=style)
        line.append(f"{condition.name}{'' if status == 'ready' else f' {status}'}{again}   ")
    return line
