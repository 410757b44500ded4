"""A world map: one colour per class of a share, grey where there is no figure.

The outlines are those that set-up puts into `assets/vendor` (scripts/outlines.py); an economy that they lack (French
Guiana, which they draw with France) is on no map and in every table. Without them there is no map.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pycountry

from etl import paths

HOW_TO_READ: Final = (
    "The farther an economy stands out from the page, the larger its share. Each class holds about equally many "
    "economies of the period (quantiles), so the bounds below the map change with the period. Grey: no figure."
)

SHADES: Final = ("#c0daf3", "#94bce5", "#699fd7", "#4881be", "#2d63a1", "#124785")
"""One hue, from light to dark in even steps of lightness (Oklab), so that colour blindness and print keep the order."""

_NO_ISO: Final = {"XK": "XKX"}
"""Kosovo has no code in ISO 3166-1; sources and outlines use these."""

GREY: Final = "rgba(128,136,146,0.13)"
_EDGE: Final = "rgba(128,136,146,0.75)"
_CHOSEN: Final = "#b8420f"
_ABSENT: Final = "%{customdata}: no figure<extra></extra>"


def outline_file() -> Path:
    """The outlines, as TopoJSON; plotly.js asks for them by this name."""
    return paths.assets_dir() / "vendor" / "world_50m.json"


@cache
def outlined() -> frozenset[str]:
    """The economies that have an outline (ISO 3166-1 alpha-3); none where set-up could not fetch them."""
    if not outline_file().is_file():
        return frozenset()
    drawn = json.loads(outline_file().read_text(encoding="utf-8"))["objects"]["countries"]["geometries"]
    return frozenset(each["id"] for each in drawn)


@cache
def outlines() -> Mapping[str, str]:
    """Region (ISO 3166-1 alpha-2) -> what its outline is called (alpha-3), for those that have one."""
    codes = {country.alpha_2: country.alpha_3 for country in pycountry.countries} | _NO_ISO
    return {region: code for region, code in codes.items() if code in outlined()}


def figure(
    shares: pd.Series,
    classes: pd.Series,
    bounds: Sequence[float],
    names: Mapping[str, str],
    unit: str,
    chosen: str = "",
) -> dict[str, Any]:
    """The map of one period.

    `shares` and `classes` (numbers from 0) are by region and hold no missing value; `bounds` are those of the classes,
    ascending; `names` are those of all regions; `unit` follows each share. The region `chosen` has a strong edge.
    Without a share there is nothing to draw.
    """
    there = [region for region in outlines() if region in shares.index]
    if not there:
        return {"data": [], "layout": {}}
    absent = [region for region in outlines() if region not in shares.index]
    hover = f"%{{customdata[0]}}: %{{customdata[1]:.3~r}} {unit}<extra></extra>"
    data = [
        {
            **_trace(absent, [0.0] * len(absent), [[0, GREY], [1, GREY]], _ABSENT),
            "name": "no figure",
            "customdata": [names[region] for region in absent],
        },
        {
            **_trace(there, [float(classes[region]) for region in there], _steps(len(bounds) - 1), hover),
            "name": "share",
            "showscale": True,
            "colorbar": _legend(bounds, unit),
            "zmin": -0.5,
            "zmax": len(bounds) - 1.5,
            "customdata": [[names[region], float(shares[region])] for region in there],
        },
    ]
    if chosen in outlines():
        edge = _trace([chosen], [0.0], [[0, "rgba(0,0,0,0)"], [1, "rgba(0,0,0,0)"]], "")
        data.append({**edge, "name": "chosen", "hoverinfo": "skip", "marker": {"line": {"color": _CHOSEN, "width": 2}}})
    return {"data": data, "layout": _layout()}


def _trace(regions: Sequence[str], z: list[float], scale: list[list[Any]], hover: str) -> dict[str, Any]:
    return {
        "type": "choropleth",
        "locationmode": "ISO-3",
        "locations": [outlines()[region] for region in regions],
        "ids": list(regions),
        "z": z,
        "colorscale": scale,
        "showscale": False,
        "showlegend": False,
        "marker": {"line": {"color": _EDGE, "width": 0.5}},
        **({"hovertemplate": hover} if hover else {}),
    }


def _legend(bounds: Sequence[float], unit: str) -> dict[str, Any]:
    """One box per class below the map, with its bounds."""
    words = [f"{bound:g}" for bound in bounds]
    return {
        "orientation": "h",
        "x": 0.5,
        "xanchor": "center",
        "y": 0,
        "yanchor": "top",
        "len": 0.86,
        "thickness": 12,
        "outlinewidth": 0,
        "xpad": 0,
        "ypad": 4,
        "tickmode": "array",
        "tickvals": [i - 0.5 for i in range(len(bounds))],
        "ticktext": [*words[:-1], f"{words[-1]} %" if unit == "%" else words[-1]],
        "ticklabeloverflow": "allow",
        "ticklen": 3,
    }


def shade(number: int, of: int) -> str:
    """The colour of a class; fewer classes leave out the lightest shades."""
    return SHADES[len(SHADES) - of + number]


def _steps(number: int) -> list[list[Any]]:
    """A colour scale of steps: each class has one colour."""
    steps: list[list[Any]] = []
    for i in range(number):
        steps += [[i / number, shade(i, number)], [(i + 1) / number, shade(i, number)]]
    return steps


def _layout() -> dict[str, Any]:
    return {
        "geo": {
            "projection": {"type": "equal earth"},  # areas are true: none looks larger than it is
            "scope": "world",
            "resolution": 50,
            "lataxis": {"range": [-57, 84]},
            "lonaxis": {"range": [-170, 190]},
            "visible": False,
            "bgcolor": "rgba(0,0,0,0)",
        },
        "margin": {"l": 0, "r": 0, "t": 0, "b": 44},
    }
