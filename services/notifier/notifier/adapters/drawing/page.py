"""A dark page measured in pixels, and what every picture has in common. Slow to import (matplotlib)."""

from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image, ImageDraw, ImageFont

GROUND: Final = "#0d1117"
RAISED: Final = "#161b22"
GRID: Final = "#30363d"
INK: Final = "#f0f6fc"
FAINT: Final = "#a8b3bf"
GONE: Final = "#4b5563"
CALLS: Final = "#ff6b63"
PUTS: Final = "#3fd06a"
CALLS_DIM: Final = "#7d2f2f"
PUTS_DIM: Final = "#1f6b38"
MONEY: Final = "#e3b341"
LINE: Final = "#58a6ff"
MARGIN: Final = 40

_DPI: Final = 100
_PX: Final = 72 / _DPI  # points per pixel
_PALETTE: Final = 200
_ANCHORS: Final = {"left": "lm", "center": "mm", "right": "rm"}


class Page:
    """The origin is at the top left, as one reads; sizes of letters are pixels, too."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._figure = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI, facecolor=GROUND)
        self._axes: Any = self._figure.add_axes((0, 0, 1, 1))
        self._axes.set_xlim(0, width)
        self._axes.set_ylim(height, 0)
        self._axes.axis("off")
        self._words: list[tuple[tuple[float, float], str, str, str, Any]] = []

    def write(
        self,
        x: float,
        y: float,
        words: str,
        size: float,
        colour: str = INK,
        *,
        ha: str = "left",
        weight: str = "normal",
    ) -> None:
        """Write words whose middle line is at `y`."""
        self._words.append(((x, y), words, colour, _ANCHORS[ha], _font(round(size), weight)))

    def boxes(self, boxes: Sequence[tuple[float, float, float, float]], colours: Sequence[str]) -> None:
        """Fill rectangles (x, y, width, height), each in its colour."""
        if boxes:
            patches = [Rectangle((x, y), width, height) for x, y, width, height in boxes]
            filled = PatchCollection(patches, facecolors=list(colours), linewidths=0, antialiaseds=False)
            self._axes.add_collection(filled)

    def line(
        self, xs: Sequence[float], ys: Sequence[float], colour: str, width: float = 3, **how: Any
    ) -> None:
        self._axes.plot(xs, ys, color=colour, linewidth=width * _PX, solid_capstyle="round", **how)

    def fill(self, xs: Sequence[float], ys: Sequence[float], floor: float, colour: str) -> None:
        self._axes.fill_between(xs, ys, floor, color=colour, alpha=0.15, linewidth=0)

    def png(self) -> bytes:
        canvas: Any = FigureCanvasAgg(self._figure)
        canvas.draw()
        shape = canvas.get_width_height()
        drawn = Image.frombuffer("RGBA", shape, bytes(canvas.buffer_rgba())).convert("RGB")
        pen = ImageDraw.Draw(drawn)
        # A table has hundreds of words: matplotlib lays each of them out in milliseconds, this in microseconds.
        for place, words, colour, anchor, font in self._words:
            pen.text(place, words, fill=colour, font=font, anchor=anchor)
        file = BytesIO()
        # So few colours need no more, and a small picture is there at once.
        drawn.quantize(_PALETTE, method=Image.Quantize.FASTOCTREE).save(file, format="PNG")
        return file.getvalue()


@cache
def _font(size: int, weight: str) -> ImageFont.FreeTypeFont:
    name = "DejaVuSans-Bold.ttf" if weight == "bold" else "DejaVuSans.ttf"
    return ImageFont.truetype(str(Path(mpl.get_data_path()) / "fonts" / "ttf" / name), size)


def headline(page: Page, left: str, right: str, below: str, tint: str = INK) -> None:
    """Write what a picture is of: the name and the number that matters in large letters, the rest below."""
    page.write(MARGIN, 60, left, 54, INK, weight="bold")
    page.write(page.width - MARGIN, 60, right, 54, tint, weight="bold", ha="right")
    page.write(MARGIN, 126, below, 33, FAINT)


def tint_of(value: float | None) -> str:
    """Return green for a rise, red for a fall."""
    return FAINT if not value else PUTS if value > 0 else CALLS


def colour_of(words: str | None) -> str:
    """Return the colour of a direction or verdict."""
    said = (words or "").lower()
    return PUTS if "bull" in said else CALLS if "bear" in said else FAINT
