"""Shares of a sample in words and tables: alike for job posts and surveys."""

import math
from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from dashboard.analysis.sampled import Sampled
from dashboard.views.words import listed, period, significant

_TOLD: Final = 3


def figure(row: Mapping[str, Any] | pd.Series) -> str:
    """`23.1 % (20.9 to 25.4)`; without the interval where there is none."""
    words = f"{significant(float(row['value']), 3)} %"
    if pd.isna(row["low"]):
        return words
    return f"{words} ({significant(float(row['low']), 3)} to {significant(float(row['high']), 3)})"


def interval(row: Mapping[str, Any] | pd.Series) -> dict[str, float | None]:
    """The ends of an interval as a ranking table takes them."""
    if pd.isna(row["low"]) or pd.isna(row["high"]):
        return {"low": None, "high": None}
    return {"low": float(row["low"]), "high": float(row["high"])}


def ranked(table: pd.DataFrame, names: Mapping[str, str]) -> str:
    """The first few of a table that is sorted, with their intervals."""
    told = [f"{names[str(t)]} {figure(row)}" for t, row in table.head(_TOLD).iterrows()]
    rest = f", then {len(table) - _TOLD} more" if len(table) > _TOLD else ""
    return f"{', '.join(told)}{rest}." if told else "Nothing to show."


def shared_first(table: pd.DataFrame, ranks: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Those whose interval reaches that of the first, so that the order may be chance; empty where there is none."""
    near = [names[str(t)] for t in table.index[1:] if ranks.at[t, "best"] == 1]
    return f"; {listed(near)} may be level with it, by the intervals" if near else ""


def open_places(best: float, worst: float, among: int) -> str:
    """`place 2 to 4` where the intervals leave it open."""
    if math.isnan(best) or best == worst or among < 2:
        return ""
    return f"place {best:.0f} to {worst:.0f}"


def momentum(moved: pd.DataFrame, technology: str) -> dict[str, Any]:
    """The momentum of one technology as a ranking table takes it; empty where there is none."""
    if technology not in moved.index:
        return {}
    row = moved.loc[[technology]].to_dict("records")[0]
    if pd.isna(row["slope"]):
        return {}
    found = {"momentum": "slope", "momentum_low": "low", "momentum_high": "high"}
    return {name: float(row[column]) for name, column in found.items()} | {"tier": row["tier"]}


def course(made: Sampled, names: Mapping[str, str], frequency: str) -> str:
    """Lines over time in one or two sentences: from where to where."""
    filled = made.values.dropna(how="all")
    if filled.empty:
        return "Nothing to show."
    first, last = filled.index[0], filled.index[-1]
    ends = filled.loc[last].dropna().sort_values(ascending=False)
    told = []
    for t in ends.index[:_TOLD]:
        begun = filled[t].dropna()
        since = f" from {significant(float(begun.iloc[0]), 3)} % in {period(begun.index[0], frequency)}"
        told.append(f"{names[str(t)]} {significant(float(ends[t]), 3)} %{since if len(begun) > 1 else ''}")
    rest = f", and {len(ends) - _TOLD} more" if len(ends) > _TOLD else ""
    span = f"{period(first, frequency)} to {period(last, frequency)}"
    count = len(made.values.columns)
    return (
        f"{span}, {count} {'line' if count == 1 else 'lines'}. In {period(last, frequency)}: {', '.join(told)}{rest}."
    )


def table(
    found: pd.DataFrame, names: Mapping[str, str], per: str, head: str = "Technology"
) -> dict[str, list[dict[str, Any]]]:
    """The table twin of dots: one row per technology, with interval and n (of `per`: posts, respondents)."""
    columns = [
        {"field": "name", "headerName": head, "type": "text"},
        {"field": "value", "headerName": "Percent", "type": "number"},
        {"field": "low", "headerName": "95 % from", "type": "number"},
        {"field": "high", "headerName": "95 % to", "type": "number"},
        {"field": "n", "headerName": per.capitalize(), "type": "number"},
    ]
    rows = [{"name": names[str(t)], **_plain(row)} for t, row in found.iterrows()]
    return {"columns": columns, "rows": rows}


def periods(made: Sampled, names: Mapping[str, str], per: str) -> dict[str, list[dict[str, Any]]]:
    """The table twin of lines: one row per period, newest first, with n and the interval of each technology."""
    filled = made.values.dropna(how="all")
    order = (
        [str(t) for t in filled.iloc[-1].sort_values(ascending=False, na_position="last").index] if len(filled) else []
    )
    columns = [
        {"field": "period", "headerName": "Period", "type": "text"},
        {"field": "n", "headerName": per.capitalize(), "type": "number"},
    ]
    for t in order:
        columns.append({"field": t, "headerName": names[t], "type": "number"})
        columns.append({"field": f"{t}-interval", "headerName": f"{names[t]}, 95 %", "type": "text"})
    shown = {name: frame.loc[filled.index] for name, frame in (("low", made.low), ("high", made.high), ("n", made.n))}
    counted = shown["n"].max(axis=1).tolist()
    rows: list[dict[str, Any]] = [
        {"period": f"{day:%Y-%m-%d}", "n": None if pd.isna(n) else n}
        for day, n in zip(filled.index, counted, strict=True)
    ]
    for t in order:
        ends = zip(filled[t].tolist(), shown["low"][t].tolist(), shown["high"][t].tolist(), strict=True)
        for line, (value, low, high) in zip(rows, ends, strict=True):
            if not math.isnan(value):
                line[t] = value
            if not math.isnan(low):
                line[f"{t}-interval"] = f"{low:.3g} to {high:.3g}"
    return {"columns": columns, "rows": rows[::-1]}


def absent(title: str, text: str) -> dict[str, Any]:
    """A card in the place of a chart that cannot be shown: the fact, and the way on."""
    return {
        "figure": {"data": [], "layout": {}},
        "title": title,
        "subtitle": "",
        "sentence": f"{title}: {text}",
        "message": {"level": "info", "title": "Nothing to show here", "text": text},
    }


def _plain(row: pd.Series) -> dict[str, float | None]:
    return {name: None if pd.isna(row[name]) else float(row[name]) for name in ("value", "low", "high", "n")}
