"""Survey answers by role: the segments of a survey that asks what its respondents do."""

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

from dashboard.analysis.wilson import FEWEST_ASKED, wilson
from dashboard.charts import colours, interval_dots
from dashboard.data import Snapshot
from dashboard.views import asking, sample_words
from dashboard.views.words import FREQUENCY, VERIFIED, listed, period
from etl.schema import WORLD

HEADING: Final = "By role"

_ROLE: Final = "role-"
_MOST_PANELS: Final = 3
_MOST_ROLES: Final = 20


def card(asked: asking.Asked, technologies: Sequence[str]) -> dict[str, Any]:
    """The newest answers on the first few technologies by role, or why there are none."""
    snapshot = asked.snapshot
    indicator = _indicator(snapshot, technologies)
    if indicator is None:
        text = "No survey in this store tells the roles of its respondents; see below which would."
        return sample_words.absent("No answers by role", text)
    shown = [t for t in technologies if t in _carried(snapshot, indicator)][:_MOST_PANELS]
    rows = _rows(snapshot, indicator, shown)
    entry, source = snapshot.catalog.indicator[indicator], snapshot.catalog.source_of[indicator]
    if rows.empty:
        return sample_words.absent(HEADING, f"{source.title}: no role has {FEWEST_ASKED} respondents here.")
    names = asking.named(asked, shown)
    styles = colours.styles(snapshot.catalog, shown)
    roles = {s: source.segment_title(s).removeprefix("Role ").capitalize() for s in rows["segment"].unique()}
    first = rows[rows["technology"] == shown[0]].set_index("segment")["value"]
    order = [str(s) for s in first.sort_values(ascending=False, kind="stable").index]
    order += [s for s in roles if s not in order]
    tables = {t: rows[rows["technology"] == t].set_index("segment") for t in shown}
    panels = [interval_dots.Panel(names[t], tables[t], dict.fromkeys(order, styles[t][0])) for t in shown]
    when = period(rows["period_start"].max(), entry.frequency)
    retrieved = snapshot.retrieved_on.get(source.id)
    return {
        "figure": interval_dots.figure(panels, order[:_MOST_ROLES], roles, "respondents"),
        "title": f"{HEADING}: {listed(names.values())}",
        "subtitle": f"{when}, {FREQUENCY[entry.frequency]}, {entry.unit} within the role",
        "sentence": _sentence(rows, names, roles, when),
        "table": _table(rows, names, roles),
        "note": {
            "indicator": entry.title,
            "how_to_read": interval_dots.HOW_TO_READ.replace("one technology", "one role"),
            "means": entry.means,
            "does_not_mean": entry.does_not_mean,
            "caveat": source.caveat,
            "shown": f"Roles of fewer than {FEWEST_ASKED} respondents are left out; intervals of Wilson (1927), 95 %.",
            "unit": entry.unit,
            "source": source.title,
            "publisher": source.publisher,
            "homepage": source.homepage,
            "last_period": when,
            "retrieved_on": retrieved.isoformat() if retrieved else None,
            "verified": VERIFIED[source.verified],
            "licence": {"title": source.licence.title, "url": source.licence.url},
            "attribution": source.attribution,
        },
    }


def _roles(snapshot: Snapshot, indicator: str) -> list[str]:
    """The segments of an indicator that are roles."""
    return [s for region, s in snapshot.places(indicator) if region == WORLD and s.startswith(_ROLE)]


def _carried(snapshot: Snapshot, indicator: str) -> set[str]:
    return {t for role in _roles(snapshot, indicator) for t in snapshot.technologies(indicator, WORLD, role)}


def _indicator(snapshot: Snapshot, technologies: Sequence[str]) -> str | None:
    """The one that tells most of the technologies by role."""
    counts = {i: len(_carried(snapshot, i) & set(technologies)) for i in snapshot.indicators() if _roles(snapshot, i)}
    best = max(counts, key=lambda i: counts[i], default=None)
    return best if best is not None and counts[best] else None


def _rows(snapshot: Snapshot, indicator: str, technologies: Sequence[str]) -> pd.DataFrame:
    """The newest answers: segment, technology, period_start, value, low, high, n; those of fewer than ten left out."""
    parts = []
    for role in _roles(snapshot, indicator):
        frame = snapshot.frame(indicator, WORLD, role)
        ours = frame[frame["technology"].isin(list(technologies)) & (frame["status"].astype("str") != "partial")]
        parts.append(ours[["technology", "period_start", "value", "sample_size"]].assign(segment=role))
    rows: pd.DataFrame = pd.concat(parts, ignore_index=True)
    rows = rows[rows["period_start"] == rows["period_start"].max()]
    rows = rows[rows["sample_size"].fillna(FEWEST_ASKED) >= FEWEST_ASKED].reset_index(drop=True)
    bounds = wilson(rows["value"], rows["sample_size"])
    asked = rows["sample_size"].astype("Float64").to_numpy("float64", na_value=float("nan"))
    return rows.assign(technology=rows["technology"].astype("str"), low=bounds["low"], high=bounds["high"], n=asked)


def _sentence(rows: pd.DataFrame, names: dict[str, str] | Any, roles: dict[str, str], when: str) -> str:
    told = []
    for t, name in names.items():
        ours = rows[rows["technology"] == t].sort_values("value")
        if len(ours):
            low, high = ours.iloc[0], ours.iloc[-1]
            told.append(
                f"{name} from {sample_words.figure(low)} ({roles[low['segment']]}) to {sample_words.figure(high)} "
                f"({roles[high['segment']]})"
            )
    return f"In {when}, by role: {'; '.join(told)}."


def _table(rows: pd.DataFrame, names: Any, roles: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    columns = [
        {"field": "role", "headerName": "Role", "type": "text"},
        {"field": "technology", "headerName": "Technology", "type": "text"},
        {"field": "value", "headerName": "Percent", "type": "number"},
        {"field": "low", "headerName": "95 % from", "type": "number"},
        {"field": "high", "headerName": "95 % to", "type": "number"},
        {"field": "n", "headerName": "Respondents", "type": "number"},
    ]
    lines = [
        {
            "role": roles[row["segment"]],
            "technology": names[row["technology"]],
            **{name: None if pd.isna(row[name]) else float(row[name]) for name in ("value", "low", "high", "n")},
        }
        for row in rows.to_dict("records")
    ]
    return {"columns": columns, "rows": lines}
