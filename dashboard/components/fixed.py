"""What a page shows and does not change piece by piece: handed over as HTML, one component for all of it.

Dash looks at every component of a page whenever one changes, so a page of thousands answers slowly.
`assets/view_fixed.js` puts the HTML in place; the text was escaped by `prerender`.
"""

from typing import Any

from dashboard.components.prerender import HTML, to_html


def fixed(content: Any) -> dict[str, str]:
    """The properties of the `Div` that shows `content`: elements of `dash.html` without ids, and text."""
    return {HTML: to_html(content)}
