from dashboard.core.choice import Choice
from dashboard.core.desk import Desk
from dashboard.core.markup import Markup
from dashboard.core.screen import CHARTS, PANELS, drawn, first_sight
from support.live_page import DAY, OPENS, chain

LIVE = Choice("NIFTY")


def test_every_panel_and_chart_is_drawn_whatever_is_known():
    for known in (None, chain(), chain(bucket=None, rows=(), points=()), chain(rows=())):
        screen = drawn(LIVE, known, Desk(), (DAY,), [OPENS])

        assert tuple(screen.panels) == PANELS
        assert tuple(screen.charts) == CHARTS
        assert all(isinstance(panel, Markup) and panel for panel in screen.panels.values())


def test_the_first_sight_holds_the_chain_before_any_script_has_run():
    screen = drawn(LIVE, chain(), Desk(), (DAY,), [OPENS])

    first = first_sight({**screen.panels, "strip": Markup("<b>live</b>"), "tiles": "<not markup>"})

    assert 'data-strike="24500"' in first
    assert "<b>live</b>" in first
    assert "&lt;not markup&gt;" in first
