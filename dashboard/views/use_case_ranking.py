"""The technologies of one use case in one indicator: place, share, momentum and course, best first."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from dashboard.analysis.basis import LANGUAGES_ALONE, OF_LANGUAGES, SENTIMENT
from dashboard.analysis.carriers import carriers
from dashboard.analysis.cases import FEWEST_PEOPLE
from dashboard.analysis.conflict import conflict
from dashboard.analysis.figures import Figures
from dashboard.analysis.linked import Within
from dashboard.analysis.rungs import is_published, standing_table
from dashboard.analysis.share import has_parts
from dashboard.charts import colours
from dashboard.data import Snapshot
from dashboard.views import readings
from dashboard.views.kept import once
from dashboard.views.leading import MOST, compared, leaders
from dashboard.views.movers import courses, span
from dashboard.views.words import listed, period, plain, years
from etl.catalog import Indicator, UseCase


def members(snapshot: Snapshot, use_case: UseCase) -> list[str]:
    """What is ranked: the technologies that are compared in the use case; its languages where it has no others."""
    _, others = compared(snapshot, use_case)
    if len(set(snapshot.summary["technology"]) & set(others)) >= MOST:
        return others
    return [t.id for t in snapshot.catalog.technologies if use_case.id in t.use_cases and t.kind == "language"]


def indicators(snapshot: Snapshot, use_case: UseCase) -> list[str]:
    """The indicators that can rank them, the best carrying of each construct first; those that carry one cannot."""
    return once(snapshot, ("ranking indicators", use_case.id), lambda: _indicators(snapshot, use_case))


def _indicators(snapshot: Snapshot, use_case: UseCase) -> list[str]:
    ours = members(snapshot, use_case)
    catalog = snapshot.catalog
    spoken = bool(ours) and catalog.technology[ours[0]].kind == "language"
    table = carriers(snapshot.summary, catalog, ours)
    carrying = table.loc[table["carried"] > 1, "indicator"]
    return [i for i in carrying if i not in SENTIMENT and _ranks(catalog.indicator[i], spoken)]


def _ranks(indicator: Indicator, languages: bool) -> bool:
    """Whether its figures add up and speak of such technologies; a label tells nothing of the use of a language."""
    speaks = indicator.names in OF_LANGUAGES if languages else indicator.names != LANGUAGES_ALONE
    return speaks and has_parts(indicator)


def first_indicator(snapshot: Snapshot, use_case: UseCase) -> str | None:
    """The one that tells who leads; None where no indicator can rank."""
    found = leaders(snapshot, use_case)
    possible = indicators(snapshot, use_case)
    named = [each.indicator for each in (found.technologies, found.languages) if each is not None]
    return next((i for i in named if i in possible), next(iter(possible), None))


def ranking(snapshot: Snapshot, use_case: UseCase, indicator: str) -> dict[str, Any]:
    """Rows for `components.ranking_table`, and what must be said of them."""
    return once(snapshot, ("ranking", use_case.id, indicator), lambda: _ranking(snapshot, use_case, indicator))


def _ranking(snapshot: Snapshot, use_case: UseCase, indicator: str) -> dict[str, Any]:
    ours = members(snapshot, use_case)
    found = readings.read(snapshot, indicator)
    f, catalog = found.figures, snapshot.catalog
    table = standing_table(found.now, f, ours, catalog)
    published = is_published(f.indicator, table)
    few = table["small"].astype(bool)
    if f.indicator.construct == "people" and not f.indicator.is_share:
        few |= table["value"] < FEWEST_PEOPLE
    shown = table[~few]
    whole = f.shares if published else None
    shares = readings.within(snapshot, f, ours) if whole is None else Within(whole, f.stretch)
    rows = _rows(shown, snapshot, f, shares, "share" if published else "share_within")
    when = found.now.newest(ours)
    told = period(when, f.indicator.frequency) if when is not None else ""
    asked = shown["sample_size"].dropna()
    carried = set(table["technology"])
    return {
        "indicator": indicator,
        "construct": f.indicator.construct,
        "source": f.source.title,
        "caveat": f.source.caveat,
        "period": told if found.together == 1 else f"{found.together} months to {told}",
        "value": "Share of the source" if published else "Share within",
        "means": _means(f.indicator, use_case.title, published, len(table)),
        "sample_size": int(asked.iloc[0]) if published and len(asked) and asked.nunique() == 1 else None,
        "years": int(shown["momentum_years"].dropna().iloc[0]) if shown["momentum_years"].notna().any() else None,
        "no_momentum": next(iter(shown["no_momentum"].dropna()), None) if shown["momentum"].isna().all() else None,
        "rows": rows,
        "course": span(f),
        "few": [catalog.technology[t].name for t in table.loc[few, "technology"]],
        "without": [catalog.technology[t].name for t in ours if t not in carried],
        "of": len(ours),
    }


def _means(indicator: Indicator, title: str, published: bool, count: int) -> str:
    if published:
        return indicator.unit if indicator.is_share else indicator.whole_title or indicator.unit
    counted = indicator.unit.removeprefix("percent of ")
    return f"percent of the {counted} counted for these {count} technologies of {title}"


def _rows(table: pd.DataFrame, snapshot: Snapshot, f: Figures, shares: Within, value: str) -> list[dict[str, Any]]:
    catalog = snapshot.catalog
    ours = f.carried(list(table["technology"]))
    drawn = courses(shares.values[ours], shares.stretch, f)
    styles = colours.styles(catalog, ours)
    rows = []
    for row in table.to_dict("records"):
        technology = catalog.technology[row["technology"]]
        ended = f", ended in {technology.ended}" if technology.ended else ""
        rows.append(
            {
                "id": technology.id,
                "name": technology.name,
                "rank": int(row["place"]),
                "remark": f"{technology.kind.capitalize()}{ended}",
                "value": plain(row[value]),
                "low": plain(row["low"]),
                "high": plain(row["high"]),
                "momentum": plain(row["momentum"]),
                "momentum_low": plain(row["momentum_low"]),
                "momentum_high": plain(row["momentum_high"]),
                "tier": row["tier"],
                "course": drawn.get(technology.id, []),
                "colour": styles[technology.id][0],
            }
        )
    return rows


def disagreement(snapshot: Snapshot, use_case: UseCase, chosen: Sequence[str]) -> dict[str, Any]:
    """Where two sources agree least on the technologies of the use case, in one line, with the reason."""
    return once(snapshot, ("disagreement", use_case.id), lambda: _disagreement(snapshot, use_case, chosen))


def _disagreement(snapshot: Snapshot, use_case: UseCase, chosen: Sequence[str]) -> dict[str, Any]:
    catalog = snapshot.catalog
    by_construct: dict[str, str] = {}
    for indicator in chosen:
        by_construct.setdefault(catalog.indicator[indicator].construct, indicator)
    names = list(by_construct.values())
    found = conflict([readings.read(snapshot, i).now for i in names], members(snapshot, use_case))
    pairs = found.pairs[~found.pairs["same_source"].astype(bool) & found.pairs["tau"].notna()]
    if pairs.empty:
        told = listed(catalog.indicator[i].construct for i in names)
        of = f" ({told})" if names else ""
        return {"text": f"No two sources{of} rank five of the same technologies: whether they agree cannot be told."}
    worst = pairs.sort_values(["tau", "first", "second"]).iloc[0]
    first, second = (catalog.indicator[worst[side]] for side in ("first", "second"))
    word = "disagree" if worst["tau"] < 0 else "agree least" if len(pairs) > 1 else "agree"
    apart = f", figures {years(worst['years_apart'])} apart" if worst["years_apart"] >= 1 else ""
    text = (
        f"{first.construct.capitalize()} ({catalog.source_of[first.id].title}) and {second.construct} "
        f"({catalog.source_of[second.id].title}) {word}: Kendall tau {worst['tau']:.2f} on {worst['n']} technologies"
        f"{apart}."
    )
    return {"text": text, "why": worst["why"], "pairs": len(pairs), "tau": float(worst["tau"])}
