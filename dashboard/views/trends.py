"""The view Trends: how the chosen technologies rise and fall in one indicator."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd

from dashboard.analysis.breaks import concerning, in_span
from dashboard.analysis.shown import Shown, Way, shown
from dashboard.charts import colours, lines
from dashboard.charts.releases import Mark
from dashboard.data import Data, Snapshot
from dashboard.export import Dataset
from dashboard.export.about import Told
from dashboard.export.observations import shown as shown_rows
from dashboard.selection import Resolved, Selection, observations, read, resolve, to_query
from dashboard.selection.rows import whole
from dashboard.views import findings, messages, notes, presets
from dashboard.views.charted import charted
from dashboard.views.drawn import drawn, stacks
from dashboard.views.files import files
from dashboard.views.options import options
from dashboard.views.releases import Release, releases
from dashboard.views.releases import sentence as released
from dashboard.views.tables import table
from dashboard.views.words import unit
from etl.catalog import Break
from etl.errors import UsageError
from etl.schema import WHOLE

Asked = str | Mapping[str, str | Sequence[str]] | Selection


@dataclass(frozen=True)
class _View:
    """One selection with all that chart, table and files share."""

    snapshot: Snapshot
    resolved: Resolved
    rows: pd.DataFrame
    shown: Shown
    breaks: list[Break]
    releases: list[Release]
    """In the span, whether they are marked or not."""
    message: messages.Message | None

    @property
    def marked(self) -> list[Release]:
        """The releases that are marked."""
        return self.releases if self.resolved.asked.releases == "shown" else []

    @property
    def names(self) -> dict[str, str]:
        """Technology -> its name on the screen."""
        return {WHOLE: "All technologies", **{t.id: t.name for t in self.snapshot.catalog.technologies}}


def trends_view(data: Data, asked: Asked) -> dict[str, Any]:
    """Everything that the page Trends, or a chart card, shows of a selection or a query string; holds no NaN.

    What is wrong in a query string is told in `message`, and the rest is shown.
    """
    selection, problems = (asked, []) if isinstance(asked, Selection) else read(asked, data.catalog)
    try:
        snapshot = data.snapshot(selection.as_of)
    except UsageError as error:
        if isinstance(asked, Selection):
            raise
        selection, snapshot = replace(selection, as_of=None), data.snapshot()
        problems = [*problems, str(error)]
    view = _view(snapshot, selection)
    return {
        **_card(data, view),
        "version": snapshot.version,
        "state": snapshot.key,
        "query": to_query(view.resolved.asked, snapshot.catalog),
        "selection": _selection(view),
        "options": options(snapshot, view.resolved, _periods(snapshot, view.resolved)),
        "markable": len(view.releases),
        "message": messages.wrong(problems, view.message) if problems else view.message,
    }


def trend_card(data: Data, selection: Selection) -> dict[str, Any]:
    """The card of a chart alone, for a page that shows several: without what the controls of Trends need.

    Raises UsageError when the store has no state of the day asked for.
    """
    return _card(data, _view(data.snapshot(selection.as_of), selection))


def _card(data: Data, view: _View) -> dict[str, Any]:
    snapshot, resolved, made = view.snapshot, view.resolved, view.shown
    facts = _facts(view)
    chart = charted(resolved, made, facts)
    note = notes.note(snapshot, resolved, made, view.rows, view.breaks, view.names, chart.how_to_read)
    note["missing"] += findings.field(snapshot, resolved, view.breaks)
    note["releases"] = [{**each.told, "colour": facts.styles[each.technology][0]} for each in view.marked]
    return {
        "as_of": _as_of(data, view),
        "figure": chart.figure,
        "tall": chart.tall,
        "legend": chart.legend,
        "table": table(made, view.rows, view.names, resolved.value),
        "note": note,
        "sentence": notes.sentence(resolved, made, view.names) + released(view.marked),
        "title": notes.title(resolved),
        "subtitle": notes.subtitle(resolved, made),
        "message": view.message,
        "downloads": files(snapshot, resolved, view.rows),
        "filename": filename(snapshot, resolved),
    }


def series(data: Data, selection: Selection, exported_on: date, origin: str) -> Dataset:
    """Exactly the view of a selection as a data set: its observations, and the values as they are shown.

    `origin` (scheme://host) begins the link. Raises UsageError when the store has no state of the day asked for.
    """
    snapshot = data.snapshot(selection.as_of)
    view = _view(snapshot, selection)
    resolved = view.resolved
    rows = view.rows.assign(shown_value=_looked_up(view.shown.values, view.rows), shown_unit=unit(resolved, view.shown))
    query = to_query(resolved.asked, snapshot.catalog, tab=False)
    said = {name: value for name, value in _selection(view).items() if name not in ("tab", "releases", "as_of")}
    told = Told(said, f"{origin}/trends{'?' if query else ''}{query}", exported_on, selection.as_of)
    return shown_rows(filename(snapshot, resolved), snapshot, rows, told)


def filename(snapshot: Snapshot, resolved: Resolved) -> str:
    """The stem of a file's name: what it holds, and the month of the newest retrieval."""
    day = snapshot.retrieved_on.get(resolved.source.id)
    use_case = [resolved.asked.use_case] if resolved.asked.use_case else []
    shown_as = "share-of-shown" if resolved.of_shown else resolved.value
    parts = ["stacktide", resolved.indicator.id, *use_case, resolved.asked.region, shown_as]
    if day:
        parts.append(f"{day:%Y-%m}")
    if resolved.asked.as_of:
        parts.append(f"as-of-{resolved.asked.as_of}")
    return "-".join(parts)


def _as_of(data: Data, view: _View) -> dict[str, str] | None:
    """The line that says which earlier state is shown, and the query of the newest."""
    asked, snapshot = view.resolved.asked, view.snapshot
    if asked.as_of is None:
        return None
    newest = ", the newest" if snapshot.version == data.snapshot().version else ""
    line = f"As of {asked.as_of} (version {snapshot.version}{newest})"
    return {"line": line, "newest": to_query(replace(asked, as_of=None), snapshot.catalog)}


def _view(snapshot: Snapshot, selection: Selection) -> _View:
    selection, said = presets.applied(selection, snapshot)
    resolved, reason = drawn(resolve(selection, snapshot))
    rows = observations(snapshot, resolved)
    indicator = resolved.indicator
    concerned = concerning(snapshot.catalog.breaks(resolved.source.id), indicator.id, selection.region)
    made = _shown(snapshot, resolved, concerned)
    if resolved.view == "area" and not resolved.of_shown and not stacks(resolved, made.values):
        resolved = replace(resolved, of_shown=True)
        made = _shown(snapshot, resolved, concerned)
    if rows.empty:
        message: messages.Message | None = messages.empty(snapshot, resolved)
    else:
        message = messages.remark(snapshot, resolved, made, reason) or said
    periods = made.values.index
    breaks = in_span(concerned, pd.DatetimeIndex(periods), indicator.frequency)
    panels = resolved.view == "multiples"
    marked = releases(snapshot.catalog, resolved.technologies, periods, indicator.frequency, panels=panels)
    return _View(snapshot, resolved, rows, made, breaks, marked, message)


def _shown(snapshot: Snapshot, resolved: Resolved, breaks: Sequence[Break]) -> Shown:
    """The values of the selection."""
    asked, indicator = resolved.asked, resolved.indicator
    return shown(
        snapshot.frame(indicator.id, asked.region, asked.segment),
        whole(snapshot, resolved),
        resolved.technologies,
        resolved.comparison,
        breaks,
        Way(
            resolved.value,
            indicator.frequency,
            asked.smooth,
            asked.base,
            asked.start,
            asked.end,
            sparse=indicator.sparse,
            ranked=indicator.is_rank,
            points=resolved.in_points,
            of_shown=resolved.of_shown,
        ),
    )


def _facts(view: _View) -> lines.Facts:
    resolved = view.resolved
    styles = colours.styles(view.snapshot.catalog, view.shown.values.columns)
    return lines.Facts(
        names=view.names,
        styles=styles,
        value=resolved.value,
        axis_title=_axis_title(resolved, view.shown),
        frequency=resolved.indicator.frequency,
        breaks=view.breaks,
        log=resolved.log,
        points=resolved.in_points,
        releases=[Mark(r.technology, r.day, r.words, styles[r.technology][0]) for r in view.marked],
    )


def _axis_title(resolved: Resolved, made: Shown) -> str:
    words = unit(resolved, made).split(", centred mean")[0]
    return words[:1].upper() + words[1:]


def _periods(snapshot: Snapshot, resolved: Resolved) -> pd.DatetimeIndex:
    """All periods in which the technologies shown (or, without any, the indicator) have figures."""
    rows = snapshot.frame(resolved.indicator.id, resolved.asked.region, resolved.asked.segment)
    ours = rows[rows["technology"].isin(resolved.technologies)]
    return pd.DatetimeIndex((ours if len(ours) else rows)["period_start"].unique()).sort_values()


def _selection(view: _View) -> dict[str, Any]:
    """The selection with its defaults filled in, as JSON types."""
    asked, resolved = view.resolved.asked, view.resolved
    base = view.shown.base.date() if view.shown.base is not None else asked.base
    named = set(asked.technology) & {*resolved.technologies, *resolved.without_figures, *resolved.outside}
    return {
        "use_case": asked.use_case,
        "kind": asked.kind,
        "technology": list(dict.fromkeys([*(asked.technology if named else ()), *resolved.technologies])),
        "indicator": resolved.indicator.id,
        "region": asked.region,
        "segment": asked.segment,
        "from": asked.start.isoformat() if asked.start else None,
        "to": asked.end.isoformat() if asked.end else None,
        "view": resolved.view,
        "value": resolved.value,
        "base": base.isoformat() if base else None,
        "scale": asked.scale,
        "smooth": asked.smooth,
        "releases": asked.releases,
        "as_of": asked.as_of.isoformat() if asked.as_of else None,
        "tab": asked.tab,
    }


def _looked_up(values: pd.DataFrame, frame: pd.DataFrame) -> pd.Series:
    """The value shown for each row of `frame`; missing where the screen shows none."""
    periods = values.index.get_indexer(pd.DatetimeIndex(frame["period_start"]))
    technologies = values.columns.get_indexer(pd.Index(frame["technology"].astype("str")))
    there = (periods >= 0) & (technologies >= 0)
    found = pd.Series(float("nan"), index=frame.index)
    found[there] = values.to_numpy()[periods[there], technologies[there]]
    return found
