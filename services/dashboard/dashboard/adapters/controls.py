"""What a person chooses with: underlying, expiry, day, bucket, and the way back to the present."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import Any

from nicegui import ui

from dashboard.core.choice import Choice
from dashboard.core.screen import Screen

_TODAY = "live"

Choose = Callable[[Choice], None]


class Controls:
    """Draws the controls of one page, and says what was chosen with them."""

    def __init__(self, indices: Sequence[str], screen: Screen, choose: Choose) -> None:
        self._choose = choose
        self._screen = screen
        self._times: tuple[datetime, ...] = ()
        self._is_showing = False  # a value that we set is not one that a person chose
        self._is_dragged = False  # the slider is in a person's hand: what is shown must not move it
        with ui.element("nav").classes("choice"):
            with ui.element("div").classes("tabs").props('role=tablist aria-label="Underlying"'):
                self._indices = {name: _tab(name, partial(self._on_index, name)) for name in indices}
            self._expiries = (
                ui.element("div").classes("tabs expiries").props('role=tablist aria-label="Expiry"')
            )
        with ui.element("nav").classes("travel"):
            self._day = ui.select({_TODAY: "Today"}, value=_TODAY, on_change=self._on_day)
            self._day.props('dense options-dense outlined aria-label="Day"').classes("day")
            self._back = _button("◀", partial(self._on_step, -1), "The bucket before")
            self._slider = ui.slider(min=0, max=1, value=1, on_change=self._on_slide)
            self._slider.props('aria-label="Bucket of the day" dense').classes("slider")
            self._slider.on("pan", self._on_pan).on("change", self._on_let_go)
            self._bucket = ui.label().classes("bucket")
            self._on = _button("▶", partial(self._on_step, 1), "The next bucket")
            self._live = _button("LIVE", self._on_live, "Follow the market again").classes("live")
            self._wide = _button(
                "All strikes", self._on_wide, "All strikes, or those near the money"
            ).classes("wide")
        self._tabs: dict[date, Any] = {}
        self.show(screen)

    def show(self, screen: Screen) -> None:
        """Show what is chosen, and what can be."""
        self._screen = screen
        self._is_showing = True
        try:
            for name, tab in self._indices.items():
                _mark(tab, is_chosen=name == screen.choice.index_name)
            self._show_expiries(screen)
            self._show_day(screen)
            self._show_bucket(screen)
        finally:
            self._is_showing = False
        _mark(self._live, is_chosen=screen.choice.is_live)
        _mark(self._wide, is_chosen=screen.choice.is_wide)

    def _show_expiries(self, screen: Screen) -> None:
        chain = screen.chain
        expiries = chain.expiries if chain is not None else ()
        if tuple(self._tabs) != expiries:
            self._expiries.clear()
            with self._expiries:
                self._tabs = {
                    each: _tab(f"{each:%d %b}", partial(self._on_expiry, each)) for each in expiries
                }
        for each, tab in self._tabs.items():
            _mark(tab, is_chosen=chain is not None and each == chain.expiry)

    def _show_day(self, screen: Screen) -> None:
        options = {_TODAY: "Latest"} | {day.isoformat(): f"{day:%a %d %b %Y}" for day in screen.days}
        chosen = screen.choice.day
        value = chosen.isoformat() if chosen is not None else _TODAY
        options.setdefault(value, value)
        if self._day.options != options or self._day.value != value:
            self._day.set_options(options, value=value)

    def _show_bucket(self, screen: Screen) -> None:
        if self._is_dragged:
            return
        chain = screen.chain
        self._times = chain.times if chain is not None else ()
        last = max(len(self._times) - 1, 0)
        at = chain.bucket.time if chain is not None and chain.bucket is not None else None
        place = self._times.index(at) if at in self._times else last
        if self._slider.props.get("max") != max(last, 1):
            self._slider.props["max"] = max(last, 1)
            self._slider.update()
        if self._slider.value != place:
            self._slider.set_value(place)
        self._show_time(place)

    def _show_time(self, place: int) -> None:
        self._bucket.set_text(f"{self._times[place]:%H:%M}" if 0 <= place < len(self._times) else "")

    def _on_index(self, name: str) -> None:
        self._choose(self._screen.choice.of_index(name))

    def _on_expiry(self, expiry: date) -> None:
        self._choose(replace(self._screen.choice, expiry=expiry))

    def _on_live(self) -> None:
        self._choose(self._screen.choice.live())

    def _on_wide(self) -> None:
        self._choose(replace(self._screen.choice, is_wide=not self._screen.choice.is_wide))

    def _on_day(self, event: Any) -> None:
        if not self._is_showing and event.value is not None:
            day = None if event.value == _TODAY else date.fromisoformat(event.value)
            self._choose(self._screen.choice.on_day(day))

    def _on_slide(self, event: Any) -> None:
        if not self._is_showing and event.value is not None:
            self._show_time(int(event.value))

    def _on_pan(self, event: Any) -> None:
        self._is_dragged = event.args == "start"

    def _on_let_go(self, event: Any) -> None:
        self._is_dragged = False
        self._go(int(event.args))

    def _on_step(self, steps: int) -> None:
        self._go(int(self._slider.value or 0) + steps)

    def _go(self, place: int) -> None:
        if 0 <= place < len(self._times):
            self._choose(self._screen.choice.at_bucket(self._times[place]))


def _tab(name: str, on_click: Callable[[], None]) -> Any:
    return (
        ui.button(name, on_click=on_click, color=None)
        .props("flat dense no-caps no-wrap role=tab")
        .classes("tab")
    )


def _button(name: str, on_click: Callable[[], None], says: str) -> Any:
    return (
        ui.button(name, on_click=on_click, color=None)
        .props(f'flat dense no-caps no-wrap title="{says}"')
        .classes("tab")
    )


def _mark(button: Any, *, is_chosen: bool) -> None:
    said = "true" if is_chosen else "false"
    if button.props.get("aria-selected") != said:
        button.props["aria-selected"] = said
        button.classes(add="chosen" if is_chosen else "", remove="" if is_chosen else "chosen")
        button.update()
