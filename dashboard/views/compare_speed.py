"""The chart of speed in Compare: the percentile in every test of a benchmark, the newest round of each technology."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import pandas as pd

from dashboard.analysis.benchmark import newest_round
from dashboard.charts import dots
from dashboard.data import Snapshot
from dashboard.views.compare_cards import EMPTY, Card, Names, colours_of, combined, wrapped
from dashboard.views.compare_evidence import Comparison
from dashboard.views.files import behind
from dashboard.views.kept import once
from dashboard.views.words import listed, period, significant
from etl.catalog import Indicator

_SPEED: Final = "benchmark speed"


def benchmark(found: Comparison, snapshot: Snapshot, names: Names, as_of: date | None) -> Card:
    """The percentile of the chosen in every test of the newest benchmark round that measured them; may be empty."""
    catalog = snapshot.catalog
    tests: list[tuple[Indicator, str]] = []
    parts = []
    for indicator in catalog.indicator.values():
        if indicator.construct != _SPEED or indicator.is_rank:
            continue
        for region, segment in sorted(snapshot.places(indicator.id)):
            rounds = _rounds(snapshot, indicator.id, region, segment)
            parts.append(rounds[rounds["technology"].isin(found.chosen)].assign(row=len(tests)))
            tests.append((indicator, segment))
    frame = pd.concat(parts) if parts else pd.DataFrame(columns=["technology"])
    if frame.empty:
        return EMPTY
    used = sorted(frame["row"].unique())
    frame = frame.assign(row=frame["row"].map({row: i for i, row in enumerate(used)}))
    tests = [tests[row] for row in used]
    titles = [_test(indicator, segment, snapshot) for indicator, segment in tests]
    frame["said"] = [_run(row, titles, tests) for row in frame.to_dict("records")]
    table = [
        {
            "evidence": title,
            **{str(row["technology"]): round(float(row["percentile"]), 1) for row in ours.to_dict("records")},
        }
        for title, (_, ours) in zip(titles, frame.groupby("row"), strict=True)
    ]
    columns = [{"field": "evidence", "headerName": "Test", "type": "text"}]
    columns += [{"field": t, "headerName": names[t], "type": "number"} for t in found.chosen]
    newest = frame.groupby("row")["period_start"].max()
    used_now = [(indicator, at) for (indicator, _), at in zip(tests, newest, strict=True)]
    note = combined(snapshot, used_now, "Places in benchmarks")
    without = [names[t] for t in found.chosen if t not in set(frame["technology"])]
    old = frame[frame["behind"] > 0]["technology"].unique()
    note |= {
        "how_to_read": dots.HOW_TO_READ,
        "means": tests[0][0].means,
        "does_not_mean": tests[0][0].does_not_mean,
        "unit": "percentile among all that were measured in the same test and round",
        "missing": [
            *([f"{listed(without)}: never measured here."] if without else []),
            *([f"{listed(names[t] for t in old)}: not in the newest round; the last one counts."] if len(old) else []),
        ],
    }
    middle = frame.groupby("technology")["percentile"].median().sort_values(ascending=False)
    told = listed(f"{names[str(t)]} {significant(float(v), 3)}" for t, v in middle.items())
    return {
        "figure": dots.figure(frame, [wrapped(t) for t in titles], names, colours_of(snapshot, found)),
        "table": {"columns": columns, "rows": table},
        "note": note,
        "sentence": f"Percentile in the middle of {len(tests)} tests: {told}.",
        "title": "Places in benchmarks",
        "subtitle": f"Percentile of the fastest variant in each test, 100 is the best. In the middle: {told}",
        "downloads": behind(
            snapshot,
            list(dict.fromkeys(indicator.id for indicator, _ in tests)),
            found.chosen,
            frame["period_start"].min(),
            as_of,
            list(dict.fromkeys(segment for _, segment in tests)),
        ),
        "filename": f"stacktide-compare-speed-{'-'.join(found.chosen)}",
    }


def _rounds(snapshot: Snapshot, indicator: str, region: str, segment: str) -> pd.DataFrame:
    """The newest round of every technology in one test."""
    return once(
        snapshot,
        ("rounds", indicator, region, segment),
        lambda: newest_round(snapshot.frame(indicator, region, segment)),
    )


def _test(indicator: Indicator, segment: str, snapshot: Snapshot) -> str:
    title = indicator.title.split(",")[0]
    source = snapshot.catalog.source_of[indicator.id]
    return title if segment == "all" else f"{title}, {source.segment_title(segment)}"


def _run(row: Mapping[Any, Any], titles: Sequence[str], tests: Sequence[tuple[Indicator, str]]) -> str:
    when = period(row["period_start"], tests[row["row"]][0].frequency)
    late = f", {row['behind']} rounds ago" if row["behind"] else ""
    of = f" of {int(row['variants'])} variants" if pd.notna(row["variants"]) else ""
    return f"{titles[row['row']]}<br>percentile {significant(float(row['percentile']), 3)}{of}<br>{when}{late}"
