"""What can be chosen, given what is chosen already."""

from typing import Any, Final, get_args

import pandas as pd

from dashboard.data import Snapshot
from dashboard.selection import Resolved
from dashboard.selection.resolving import passing
from dashboard.selection.url import shows_share
from dashboard.views import regions
from dashboard.views.words import PERIODS
from etl.catalog import Kind, Technology
from etl.schema import WHOLE

Option = dict[str, Any]

_WINDOWS: Final = {"D": (7, 28), "W": (4, 13), "M": (3, 6, 12), "Q": (4,), "Y": (3,)}
_VALUES: Final = {"absolute": "Absolute", "share": "Share", "index": "Index = 100", "rank": "Rank"}


def options(snapshot: Snapshot, resolved: Resolved, periods: pd.DatetimeIndex) -> dict[str, list[Any]]:
    """The options of every control; `periods` are all periods of the indicator in the chosen place."""
    catalog, asked = snapshot.catalog, resolved.asked
    held = set(snapshot.indicators())
    # the one asked for is among them even without figures: a picker drops a value that it does not offer
    indicators = [i for i in catalog.indicator.values() if i.id in held or i.id == resolved.indicator.id]
    constructs = list(dict.fromkeys(i.construct for i in indicators))
    places = snapshot.places(resolved.indicator.id)
    return {
        "use_case": [{"value": u.id, "label": u.title, "title": u.definition} for u in catalog.use_cases],
        "kind": [{"value": kind, "label": kind.capitalize()} for kind in get_args(Kind)],
        "technology": _technologies(snapshot, resolved),
        "indicator": [
            {"value": i.id, "label": i.title if i.id in held else f"{i.title} (no figures here)", "group": construct}
            for construct in constructs
            for i in indicators
            if i.construct == construct
        ],
        "region": [
            {"value": code, "label": regions.name(code), "search": f"{regions.name(code)} {code}"}
            for code in sorted({asked.region, *(region for region, _ in places)}, key=regions.order)
        ],
        "segment": [
            {"value": segment, "label": resolved.source.segment_title(segment)}
            for segment in sorted({asked.segment, *(s for r, s in places if r == asked.region)}, key=_all_first)
        ],
        "value": [{"value": value, "label": label, **_closed(value, resolved)} for value, label in _VALUES.items()],
        "smooth": _windows(resolved),
        "periods": list(periods.strftime("%Y-%m-%d")),
    }


def _all_first(segment: str) -> tuple[bool, str]:
    return segment != "all", segment


def _technologies(snapshot: Snapshot, resolved: Resolved) -> list[Option]:
    """Those with figures first; those without, and those chosen that the filter leaves out, say so in their label."""
    catalog = snapshot.catalog
    carried = set(resolved.comparison)
    if resolved.economy_wide:
        whole = {"value": WHOLE, "label": "All technologies", "search": "all technologies"}
        return [whole, *(_option(catalog.technology[t], " (no figures here)") for t in resolved.without_figures)]
    found = [_option(t, "") for t in passing(catalog, resolved.asked) if t.id in carried]
    found += [_option(catalog.technology[t], " (outside the filter)") for t in resolved.outside]
    without = [t for t in passing(catalog, resolved.asked) if t.id not in carried]
    return found + [_option(t, " (no figures here)") for t in without]


def _option(technology: Technology, remark: str) -> Option:
    names = [technology.id, technology.name, *(name for names in technology.names.values() for name in names)]
    return {
        "value": technology.id,
        "label": f"{technology.name}{remark}",
        "search": " ".join(dict.fromkeys(name.casefold() for name in names)),
    }


def _closed(value: str, resolved: Resolved) -> Option:
    """Whether a way of showing values is closed for this indicator, and why."""
    reason = ""
    if resolved.indicator.is_rank and value != "rank":
        reason = "The source publishes ranks only."
    elif value == "absolute" and resolved.indicator.is_share:
        reason = "The source publishes shares only."
    elif value == "share" and not shows_share(resolved.indicator):
        reason = "There is no whole to take a share of."
    elif value == "rank" and resolved.economy_wide:
        reason = "There is nothing to rank: the figures are of all technologies together."
    return {"disabled": bool(reason), "title": reason}


def _windows(resolved: Resolved) -> list[Option]:
    frequency, asked = resolved.indicator.frequency, resolved.asked.smooth
    if resolved.indicator.sparse:
        return [{"value": 0, "label": "Off"}]
    windows = sorted({*_WINDOWS[frequency], *([asked] if asked else [])})
    return [{"value": 0, "label": "Off"}, *({"value": w, "label": f"{w} {PERIODS[frequency]}"} for w in windows)]
