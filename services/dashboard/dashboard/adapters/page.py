"""The page of one browser: built with what is known already, then sent what changes, as fast as it can take it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from nicegui import Client, ui

from dashboard import metrics
from dashboard.adapters.controls import Controls
from dashboard.board import Board
from dashboard.core.choice import Choice, choice_of
from dashboard.core.markup import el
from dashboard.core.screen import Screen, first_sight

_HERE: Final = Path(__file__).parent
_TURNS_EVERY: Final = 0.1  # seconds: how soon a click is answered
_SENT_EVERY: Final = 5  # turns: what comes by itself is sent twice a second at most
_ANSWERS_WITHIN: Final = (
    15.0  # seconds; a browser that takes longer is asked again, and sent nothing meanwhile
)

# Two columns, each as long as it is; on a narrow screen the style sheet puts them in one order.
_COLUMNS: Final = (
    {"chain": "Option chain", "day": "The day", "paper": "Paper positions", "health": "Health"},
    {
        "profile": "OI by strike",
        "windows": "OI change by timeframe",
        "decisions": "AI decisions",
        "alerts": "Alerts",
    },
)
_SHORT: Final = {
    "chain": "Chain", "profile": "OI", "day": "Day", "decisions": "AI", "paper": "P&L", "alerts": "Alerts",
}  # fmt: skip
_CHARTS: Final = ("profile", "day")


def register(board: Board, indices: Sequence[str]) -> None:
    """Make the page known to NiceGUI."""
    style, script = (_HERE / name for name in ("page.css", "page.js"))
    head = f"<style>{style.read_text()}</style><script>{script.read_text()}</script>"

    @ui.page("/", response_timeout=10)
    async def page(client: Client) -> None:
        ui.add_head_html(head)
        choice = choice_of(client.request.query_params, indices)
        screen = await board.look(choice)
        present = await board.present(screen)
        panels = {**screen.panels, **present.panels}
        ui.add_body_html(first_sight(panels))
        Page(client, board, screen, indices).draw(panels, screen.charts)


class Page:
    """One browser's view. Only what differs from what it shows is sent; the next only once it has shown the last."""

    def __init__(self, client: Client, board: Board, screen: Screen, indices: Sequence[str]) -> None:
        self._client, self._board = client, board
        self._choice, self._screen = screen.choice, screen
        self._has_chosen = False
        self._waits = 0
        self._panels: dict[str, Any] = {}
        self._charts: dict[str, Any] = {}
        with ui.element("header").classes("top"):
            ui.html('<b class="brand">OI Monitor</b>', sanitize=False)
            self._panel("strip").classes("strip")
            ui.html('<div class="lost" id="lost" role="alert" hidden></div>', sanitize=False)
        self._controls = Controls(indices, screen, self._choose)
        self._panel("tiles").classes("tiles")
        with ui.element("main").classes("grid"):
            for column in _COLUMNS:
                with ui.element("div").classes("column"):
                    for name, title in column.items():
                        self._section(name, title)
        self._jumps()
        metrics.PAGES.inc()
        client.on_delete(lambda _client: metrics.PAGES.dec())
        ui.timer(_TURNS_EVERY, self._turn)

    def _panel(self, name: str) -> Any:
        # Its content is made by `core.markup`, which has escaped all that came from elsewhere.
        self._panels[name] = ui.html("", sanitize=False).props(f"data-panel={name}")
        return self._panels[name]

    def _section(self, name: str, title: str) -> None:
        with ui.element("section").classes(f"panel of-{name}").props(f"id={name}"):
            ui.html(f"<h2>{title}</h2>", sanitize=False)
            if name in _CHARTS:
                self._charts[name] = ui.echart({}).classes(f"chart {name}").props(f"data-chart={name}")
            else:
                with ui.element("div").classes("scroll"):
                    self._panel(name)

    def _jumps(self) -> None:
        links = (el("a", title, href=f"#{name}") for name, title in _SHORT.items())
        ui.html(el("nav", *links, cls="jumps"), sanitize=False)

    def _choose(self, choice: Choice) -> None:
        """Another choice is looked at with the next turn; of many in a row only the last."""
        self._choice = choice
        self._has_chosen = True

    async def _turn(self) -> None:
        self._waits -= 1
        if not self._has_chosen and self._waits > 0:
            return
        self._waits = _SENT_EVERY
        await self._renew()
        await self._until_shown()

    async def _renew(self) -> None:
        choice, self._has_chosen = self._choice, False
        screen = await self._board.look(choice)
        present = await self._board.present(screen)
        if choice != self._choice:
            return  # something else was chosen meanwhile
        if choice != self._screen.choice:
            ui.navigate.history.replace(f"/?{choice.query}")
        if screen is not self._screen:
            self._screen = screen
            self._controls.show(screen)
            self.draw(screen.panels, screen.charts)
        self.draw(present.panels, {})
        self._client.run_javascript(f"oi.level({present.fresh.level!r})")

    async def _until_shown(self) -> None:
        """Wait for the browser: a slow one gets fewer updates, and keeps nobody else waiting."""
        try:
            await self._client.run_javascript("oi.heard()", timeout=_ANSWERS_WITHIN)
        except TimeoutError:
            self._waits = 0

    def draw(self, panels: Mapping[str, str], charts: Mapping[str, dict[str, Any]]) -> None:
        for name, content in panels.items():
            if self._panels[name].content != content:
                self._panels[name].set_content(content)
                metrics.UPDATES.inc()
        for name, option in charts.items():
            chart = self._charts[name]
            if chart.options != option:
                chart.options.clear()
                chart.options.update(option)
                chart.update()
                metrics.UPDATES.inc()
