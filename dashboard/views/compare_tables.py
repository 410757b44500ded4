"""The tables of Compare as plain rows: places with percents and momentum, bias cards by source, agreement of pairs."""

from typing import Any

from dashboard.analysis.conflict import independent
from dashboard.data import Snapshot
from dashboard.views.compare_evidence import Comparison, Standing
from dashboard.views.compare_words import Names
from dashboard.views.words import period, plain


def standing(found: Comparison) -> list[dict[str, Any]]:
    """One row per indicator: construct, title, indicator, source, period, percent_of, of and cells (technology -> what
    is known of it).
    """
    return [
        {
            "construct": s.indicator.construct,
            "indicator": s.indicator.id,
            "title": s.indicator.title,
            "source": s.read.figures.source.id,
            "period": period(s.period, s.indicator.frequency),
            "pooled": s.read.together,
            "percent_of": s.percent_of,
            "of": s.of,
            "cells": {t: _cell(s, t) for t in found.chosen if t in s.records},
        }
        for s in found.standings
    ]


def _cell(s: Standing, technology: str) -> dict[str, Any]:
    """place, tied, percent, low, high, sample_size, small, tier, momentum, momentum_low, momentum_high, no_momentum."""
    row = s.records[technology]
    small = bool(row["small"])
    percent = row["share" if s.published else "share_within"]
    cell = {
        "place": int(row["place"]),
        "tied": bool(row["tied"]),
        "small": small,
        "percent": None if small else plain(percent),
        "low": None if small or not s.published else plain(row["low"]),
        "high": None if small or not s.published else plain(row["high"]),
        "sample_size": plain(row["sample_size"]),
        "tier": row["tier"] if isinstance(row["tier"], str) else None,
        "years": plain(row["momentum_years"]),
        "no_momentum": row["no_momentum"] if isinstance(row["no_momentum"], str) else None,
    }
    return cell | {name: plain(row[name]) for name in ("momentum", "momentum_low", "momentum_high")}


def reasons(found: Comparison, snapshot: Snapshot, names: Names) -> list[dict[str, Any]]:
    """One row per source of the conflict: what it counts, the order that it gives, and its bias card."""
    catalog = snapshot.catalog
    rows = []
    for name, ours in found.conflict.ranks.groupby("indicator", sort=False):
        indicator, source = catalog.indicator[str(name)], catalog.source_of[str(name)]
        ordered = ours.sort_values(["place_among", "technology"])
        rows.append(
            {
                "construct": indicator.construct,
                "title": indicator.title,
                "source": source.title,
                "homepage": source.homepage,
                "licence": source.licence.title,
                "period": period(ours["period_start"].iloc[0], indicator.frequency),
                "order": [
                    (int(p), names[t]) for p, t in zip(ordered["place_among"], ordered["technology"], strict=True)
                ],
                "caveat": source.caveat,
            }
        )
    return rows


def agreement(found: Comparison, snapshot: Snapshot) -> list[dict[str, Any]]:
    """One row per pair of indicators of different origin that hold five technologies both, widest conflict first."""
    catalog = snapshot.catalog
    return [
        {
            "first": catalog.indicator[row["first"]].title,
            "second": catalog.indicator[row["second"]].title,
            "constructs": list(dict.fromkeys(catalog.indicator[row[k]].construct for k in ("first", "second"))),
            "tau": float(row["tau"]),
            "p": float(row["p"]),
            "n": int(row["n"]),
            "years_apart": float(row["years_apart"]),
        }
        for row in independent(found.conflict.pairs).to_dict("records")
    ]
