"""One colour per technology, the same on every chart; a dash where two of one chart share theirs."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from etl.catalog import Catalog
from etl.schema import WHOLE

PALETTE: Final = ("#3279d8", "#b88e01", "#c1017a", "#0a9fd6", "#925501", "#f0649a", "#19699c", "#bc635c")
"""Chosen by search so that the nearest two stay as far apart as possible in Oklab, with full colour vision and with
simulated protanopia, deuteranopia and tritanopia (Machado et al. 2009); each has a contrast of 3 to 1 on white and on
near-black."""

DASHES: Final = (
    "solid",
    "3px,3px",
    "9px,3px,3px,3px",
    "15px,5px",
    "3px,9px",
    "9px,3px,3px,3px,3px,3px",
    "15px,3px,6px,3px",
    "6px,3px,6px,9px",
)
"""Lengths of strokes and gaps in turn, which plotly.js and SVG read alike; each can be told within the 24 pixels of a
swatch. Strokes and gaps of one length (`dash`) are not among them but as dots: they mean an unfinished period."""

_FIRST: Final = {"language": 0, "framework": 4, "library": 2, "database": 6, "tool": 1, "platform": 5}
"""Where each kind begins in the palette: the best known of two kinds are often drawn together."""


def styles(catalog: Catalog, drawn: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Technology -> (colour, dash), for the technologies of one chart.

    The colour comes from the place in the catalogue among those of the same kind: the best known stand first there,
    so that they get different ones. Of those in the chart that share a colour, the first of the catalogue is solid.
    """
    wanted = set(drawn)
    places: Counter[str] = Counter(_FIRST)
    used: Counter[str] = Counter()
    found = {WHOLE: (PALETTE[0], DASHES[0])} if WHOLE in wanted else {}
    for technology in catalog.technologies:
        colour = PALETTE[places[technology.kind] % len(PALETTE)]
        places[technology.kind] += 1
        if technology.id in wanted:
            found[technology.id] = (colour, DASHES[used[colour] % len(DASHES)])
            used[colour] += 1
    return found
