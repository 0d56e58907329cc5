"""The file `.env`: what it says, and how it says something else with all other lines as they were."""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from oi_common.errors import Misconfigured

_SETS: Final = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=[ \t]*(.*?)\s*")
_SHOWS: Final = re.compile(r"#[ \t]*([A-Z][A-Z0-9_]*)=.*\s*")  # a commented line that shows a default
_PLAIN: Final = re.compile(r"[\w.,:/@+=-]*", re.ASCII)
_OWNER_ONLY: Final = 0o600


def values_in(text: str) -> dict[str, str]:
    """Return what the lines set; of two the later one counts, as for docker compose."""
    found = (_SETS.fullmatch(line) for line in text.splitlines())
    return {match[1]: _unquoted(match[2]) for match in found if match}


def with_values(text: str, values: Mapping[str, str]) -> str:
    """Return the text with these values set: where the name is set already, else below its commented default."""
    lines = text.splitlines(keepends=True)
    ending = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += ending
    for name, value in values.items():
        line = f"{name}={quoted(value)}{ending}"
        set_at, shown_at = _last(lines, _SETS, name), _last(lines, _SHOWS, name)
        if set_at is not None:
            lines[set_at] = line
        else:
            lines.insert(len(lines) if shown_at is None else shown_at + 1, line)
    return "".join(lines)


def quoted(value: str) -> str:
    """Return a value as docker compose and shells read it back, without taking `$` or `#` for anything else."""
    if _PLAIN.fullmatch(value):
        return value
    if "'" not in value:
        return f"'{value}'"
    return '"' + re.sub(r'([\\"$])', r"\\\1", value) + '"'


def read_text(path: Path) -> str:
    """Return the file's text, nothing when there is no file. Raises Misconfigured when it cannot be read."""
    try:
        with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return ""
    except OSError as e:
        raise Misconfigured(f"{path}: cannot be read ({e.strerror})") from e


def save(path: Path, text: str) -> None:
    """Replace the file in one step, readable by its owner alone. Nothing else is left beside it.

    Raises Misconfigured when it cannot be written; then it is as it was.
    """
    target = Path(os.path.realpath(path))  # a link stays one
    temporary = None
    try:
        with NamedTemporaryFile(
            "w", dir=target.parent, prefix=f"{target.name}.", delete=False,
            encoding="utf-8", errors="surrogateescape", newline="",
        ) as file:  # fmt: skip
            temporary = Path(file.name)
            os.fchmod(file.fileno(), _OWNER_ONLY)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except OSError as e:
        raise Misconfigured(f"{path}: cannot be written ({e.strerror})") from e
    finally:
        if temporary is not None:
            with suppress(FileNotFoundError):  # it has become the file
                temporary.unlink()


def _last(lines: list[str], pattern: re.Pattern[str], name: str) -> int | None:
    found = ((at, pattern.fullmatch(line)) for at, line in enumerate(lines))
    return max((at for at, match in found if match and match[1] == name), default=None)


def _unquoted(written: str) -> str:
    if single := re.match(r"'([^']*)'", written):
        return single[1]
    if double := re.match(r'"((?:[^"\\]|\\.)*)"', written):
        return re.sub(r"\\(.)", r"\1", double[1])
    return re.sub(r"(^|\s+)#.*", "", written)
