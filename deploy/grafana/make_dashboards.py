"""Write the dashboards of Grafana as files: deploy/grafana/make_dashboards.py [--check]."""

import json
import sys
from pathlib import Path

from boards import chain, day, decisions, quality, system
from boards.parts import Json

FOLDER = Path(__file__).resolve().parents[2] / "grafana/dashboards"
BOARDS = {"chain": chain, "day": day, "decisions": decisions, "quality": quality, "system": system}


def dashboards() -> dict[str, Json]:
    """Return every dashboard by the name of its file."""
    return {name: module.board() for name, module in BOARDS.items()}


def text_of(board: Json) -> str:
    return json.dumps(board, indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write what differs; with --check only say so."""
    check, stale = "--check" in sys.argv, 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, board in dashboards().items():
        file = FOLDER / f"{name}.json"
        if file.exists() and file.read_text(encoding="utf-8") == text_of(board):
            continue
        stale += 1
        print(f"{file.name}: {'is not what the generator makes' if check else 'written'}")
        if not check:
            file.write_text(text_of(board), encoding="utf-8")
    return int(check and stale > 0)


if __name__ == "__main__":
    sys.exit(main())
