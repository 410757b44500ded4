"""Lines of shares over time with the interval of each as a band behind it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd

from dashboard.analysis.sampled import Sampled
from dashboard.analysis.shown import Shown
from dashboard.charts import lines

HOW_TO_READ: Final = (
    "Each line is one technology, each point one period. The band behind a line is its 95 % interval, from chance "
    "alone; bands are drawn for up to four lines, and every interval is told where you point, and in the table. A line "
    "is cut where figures are missing and where a break makes them incomparable; a numbered vertical line marks each "
    "break."
)
MOST_BANDS: Final = 4
"""More bands than this cover one another."""

_BAND_OPACITY: Final = 0.16


def figure(sampled: Sampled, stretch: np.ndarray, facts: lines.Facts, per: str) -> dict[str, Any]:
    """The figure; `stretch` numbers the comparable stretch of each period, `per` is what n counts."""
    there = np.flatnonzero(sampled.values.notna().any(axis=1).to_numpy())
    # empty edges go, holes stay: a line must not run over them
    filled = np.zeros(len(sampled.values), dtype=bool)
    if len(there):
        filled[there[0] : there[-1] + 1] = True
    values, stretch = sampled.values[filled], stretch[filled]
    drawn = Shown(values, None, pd.DataFrame(False, index=values.index, columns=values.columns), stretch)
    made = lines.figure(drawn, replace(facts, value="share"))
    for trace in made["data"]:
        _tell(trace, sampled, facts.names, per)
    if len(values.columns) <= MOST_BANDS:
        made["data"] = [
            *(band for t in map(str, values) for band in _bands(sampled, t, stretch, filled, facts)),
            *made["data"],
        ]
    return made


def _tell(trace: dict[str, Any], sampled: Sampled, names: Mapping[str, str], per: str) -> None:
    """Put interval and n behind each point of a line."""
    t = trace["meta"]
    told = {}
    for day, low, high, n in zip(
        lines.dates(sampled.values.index), sampled.low[t], sampled.high[t], sampled.n[t], strict=True
    ):
        interval = "" if pd.isna(low) else f" ({low:.3g} to {high:.3g})"
        told[day] = f"{interval}{'' if pd.isna(n) else f', of {n:,.0f} {per}'}"
    trace["customdata"] = [told.get(day, "") for day in trace["x"]]
    trace["hovertemplate"] = f"{names[t]}: %{{y:.3~r}} %%{{customdata}}<extra></extra>"


def _bands(
    sampled: Sampled, technology: str, stretch: np.ndarray, filled: np.ndarray, facts: lines.Facts
) -> list[dict[str, Any]]:
    """One closed shape per run of periods with an interval, never over a break."""
    low, high = sampled.low[technology][filled], sampled.high[technology][filled]
    there = low.notna().to_numpy()
    run = np.cumsum(np.concatenate([[0], (np.diff(stretch) != 0) | (np.diff(there.astype("int8")) != 0)]))
    colour, _ = facts.styles[technology]
    days = np.array(lines.dates(low.index))
    bands = []
    for number in np.unique(run[there]):
        piece = run == number
        around = [*days[piece], *days[piece][::-1]]
        edge = [*high[piece], *low[piece][::-1]]
        bands.append(
            {
                "type": "scatter",
                "mode": "none",
                "fill": "toself",
                "fillcolor": _faint(colour),
                "name": f"{facts.names[technology]} (interval)",
                "legendgroup": technology,
                "showlegend": False,
                "hoverinfo": "skip",
                "x": [str(day) for day in around],
                "y": [float(v) for v in edge],
            }
        )
    return bands


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{_BAND_OPACITY})"
