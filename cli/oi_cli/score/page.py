"""The page that a scorecard is drawn on, measured in pixels from the top left. Slow to import (matplotlib)."""

from pathlib import Path
from typing import Any, Final

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

WIDTH, MARGIN, CHART = 1080, 48, 500
GROUND, INK, FAINT, RAISED = "#0d1117", "#f0f6fc", "#8b949e", "#161b22"
_DPI, _AXIS, _LEGEND = 160, 74, 120
_GRID = "#30363d"
_PALETTE: Final = 128


class Page:
    """A drawing surface measured in pixels."""

    def __init__(self, height: int) -> None:
        self._height = height
        self._figure = Figure(figsize=(WIDTH / _DPI, height / _DPI), dpi=_DPI, facecolor=GROUND)
        self._axes: Any = self._figure.add_axes((0, 0, 1, 1))
        self._axes.set_xlim(0, WIDTH)
        self._axes.set_ylim(height, 0)
        self._axes.axis("off")

    def write(self, x: float, y: float, text: str, size: float, colour: str, **how: Any) -> None:
        """Write a text whose middle line is at `y`."""
        self._axes.text(x, y, text, size=size, color=colour, va="center", parse_math=False, **how)

    def chart(self, top: int, title: str, place: int = 0, of: int = 1) -> Any:
        """Return the axes of a chart below its title, one of some side by side; its legend goes below."""
        self.write(MARGIN, top - 34, title, 11, INK, weight="bold")
        each = (WIDTH - 2 * MARGIN) / of
        left, width = MARGIN + place * each + _AXIS, each - _AXIS
        bottom = self._height - top - CHART + _LEGEND
        box = (left / WIDTH, bottom / self._height, width / WIDTH, (CHART - _LEGEND) / self._height)
        axes: Any = self._figure.add_axes(box, facecolor=RAISED)
        axes.tick_params(colors=FAINT, labelsize=7.5, length=0)
        axes.grid(visible=True, color=_GRID, linewidth=0.6)
        axes.set_axisbelow(True)
        for spine in axes.spines.values():
            spine.set_visible(False)
        return axes

    def save(self, file: Path) -> None:
        canvas: Any = FigureCanvasAgg(self._figure)
        canvas.draw()
        drawn = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba())
        drawn.convert("RGB").quantize(_PALETTE).save(file, format="PNG", optimize=True)
