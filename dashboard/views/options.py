"""What can be chosen, given what is chosen already."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, Final, get_args

import pandas as pd

from dashboard.data import Data, Snapshot
from dashboard.selection import Resolved, Selection
from dashboard.selection.resolving import passing
from dashboard.selection.url import shows_share
from dashboard.views import regions
from dashboard.views.drawn import VIEWS, closed
from dashboard.views.words import PERIODS
from etl.catalog import Catalog, Kind, Technology
from etl.schema import WHOLE

Option = dict[str, Any]

_DAYS: Final = 60

_WINDOWS: Final = {"D": (7, 28), "W": (4, 13), "M": (3, 6, 12), "Q": (4,), "Y": (3,)}
_VALUES: Final = {
    "absolute": "Absolute",
    "share": "Share",
    "index": "Index = 100",
    "year-on-year": "Year on year",
    "rank": "Rank",
}


def options(snapshot: Snapshot, resolved: Resolved, periods: pd.DatetimeIndex) -> dict[str, list[Any]]:
    """The options of every control; `periods` are all periods of the indicator in the chosen place."""
    asked = resolved.asked
    places = snapshot.places(resolved.indicator.id)
    return {
        "use_case": use_cases(snapshot.catalog),
        "kind": kinds(),
        "technology": _technologies(snapshot, resolved),
        "indicator": carrying(snapshot, resolved),
        "region": [
            {"value": code, "label": regions.name(code), "search": f"{regions.name(code)} {code}"}
            for code in sorted({asked.region, *(region for region, _ in places)}, key=regions.order)
        ],
        "segment": [
            {"value": segment, "label": resolved.source.segment_title(segment)}
            for segment in sorted({asked.segment, *(s for r, s in places if r == asked.region)}, key=_all_first)
        ],
        "view": [{"value": view, "label": label, **_why(closed(view, resolved))} for view, label in VIEWS.items()],
        "value": [{"value": value, "label": label, **_closed(value, resolved)} for value, label in _VALUES.items()],
        "smooth": _windows(resolved),
        "periods": list(periods.strftime("%Y-%m-%d")),
    }


def use_cases(catalog: Catalog) -> list[Option]:
    """Every use case, in the order of the catalogue."""
    return [{"value": u.id, "label": u.title, "title": u.definition} for u in catalog.use_cases]


def kinds() -> list[Option]:
    """Every kind of technology."""
    return [{"value": kind, "label": kind.capitalize()} for kind in get_args(Kind)]


def technologies(
    catalog: Catalog, selection: Selection | None = None, remarks: Mapping[str, str] | None = None
) -> list[Option]:
    """The technologies of the selection's use case and kind, and those that it names; `remarks` follow their names."""
    found = passing(catalog, selection) if selection else list(catalog.technologies)
    named = [catalog.technology[t] for t in (selection.technology if selection else ()) if t in catalog.technology]
    chosen = {t.id: t for t in [*found, *named]}
    return [_option(t, (remarks or {}).get(t.id, "")) for t in chosen.values()]


def indicators(snapshot: Snapshot, chosen: str | None = None, constructs: Collection[str] = ()) -> list[Option]:
    """The indicators that have figures, by construct (only of `constructs`, where given).

    The chosen one is among them even without figures: a picker drops a value that it does not offer.
    """
    held = set(snapshot.indicators())
    there = [i for i in snapshot.catalog.indicator.values() if i.id in held or i.id == chosen]
    there = [i for i in there if not constructs or i.construct in constructs]
    return [
        {"value": i.id, "label": i.title if i.id in held else f"{i.title} (no figures here)", "group": construct}
        for construct in dict.fromkeys(i.construct for i in there)
        for i in there
        if i.construct == construct
    ]


def carrying(snapshot: Snapshot, resolved: Resolved) -> list[Option]:
    """The indicators that have figures, by construct, each with how many technologies it carries in the chosen region:
    of those named or, where none are, of all that pass the filter. Those that carry none come last, which is said.
    """
    named = frozenset(resolved.asked.technology) - {WHOLE}
    wanted = named or frozenset(t.id for t in passing(snapshot.catalog, resolved.asked))
    above, below = [], []
    for option in indicators(snapshot, resolved.indicator.id):
        places = snapshot.places(option["value"])
        there = frozenset().union(*(t for (region, _), t in places.items() if region == resolved.asked.region))
        if there == {WHOLE}:
            above.append({**option, "label": f"{option['label']} (all together)"})
        elif carried := len(there & wanted):
            told = f"{carried} of {len(wanted)}" if named else f"{carried}"
            above.append({**option, "label": f"{option['label']} ({told})"})
        else:
            below.append(
                {**option, "group": f"without figures of {'the chosen ones' if named else 'this filter'} here"}
            )
    return above + below


def days(data: Data, chosen: date | None = None) -> list[Option]:
    """The newest days at whose end the store held another state, newest first, and the chosen one."""
    changed = sorted({commit.at.date() for commit in data.home.store.kept()}, reverse=True)[:_DAYS]
    offered = sorted({*changed, *([chosen] if chosen else [])}, reverse=True)
    return [{"value": day.isoformat(), "label": day.isoformat()} for day in offered]


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
    return _why(reason)


def _why(reason: str) -> Option:
    return {"disabled": bool(reason), "title": reason}


def _windows(resolved: Resolved) -> list[Option]:
    frequency, asked = resolved.indicator.frequency, resolved.asked.smooth
    if resolved.indicator.sparse:
        return [{"value": 0, "label": "Off"}]
    windows = sorted({*_WINDOWS[frequency], *([asked] if asked else [])})
    return [{"value": 0, "label": "Off"}, *({"value": w, "label": f"{w} {PERIODS[frequency]}"} for w in windows)]
