"""Large parts that are handed over as HTML."""

from dash import html

from dashboard.components.fixed import fixed
from dashboard.components.prerender import to_html


def test_text_is_escaped_and_stays_what_it_is_in_the_first_paint() -> None:
    given = fixed([html.P(["1 < 2 & ", html.B("<script>", className='a"b')]), " end"])
    assert given == {"data-html": '<p>1 &lt; 2 &amp; <b class="a&quot;b">&lt;script&gt;</b></p> end'}
    assert to_html(html.Div(id="part", **given)) == f"<div>{given['data-html']}</div>"
