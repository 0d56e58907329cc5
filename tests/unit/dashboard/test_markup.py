from hypothesis import given
from hypothesis import strategies as st

from dashboard.core.markup import Markup, el, empty


@given(st.text())
def test_whatever_comes_from_elsewhere_is_text_and_never_markup(said):
    drawn = el("p", said, title=said, cls=said)

    inner = drawn.removeprefix("<p").removesuffix("</p>")
    assert inner.count("<") == 0
    assert inner.count(">") == 1
    assert inner.count('"') == (4 if said else 2)


def test_markup_is_kept_and_text_beside_it_is_escaped():
    assert el("td", Markup("<b>1</b>"), "<b>") == "<td><b>1</b>&lt;b&gt;</td>"


def test_an_attribute_that_is_unknown_is_left_out():
    assert el("td", "1", title=None, data_strike=24500) == '<td data-strike="24500">1</td>'


def test_an_empty_panel_says_why():
    assert empty("nothing <yet>") == '<p class="empty">nothing &lt;yet&gt;</p>'
