"""Web framework benchmarks: the place of each framework by throughput and by latency, in each run.

A payload is one run: `metrics` hold one figure of one framework variant at one level (concurrent connections) each,
`frameworks` say which variant of which language a `framework_id` is. One row of the result is the rank or the
percentile of one variant, named `language/label`, at one level; the segment `all` ranks geometric means over levels.
Oddities:

- Runs differ in machine, tool and unit (latency in microseconds, since 2026 in seconds): places only, never values.
- Ids change between runs, so variants are followed by language and label.
- Zero requests per second: the run of that variant failed. `-1.0` and null: not measured. Both are missing.
- A percentile is named `percentile_50` or, since 2026, `percentile50`.
- The newest run stands under `master`, too; it is asked for by its commit, so that no run counts twice.
"""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd

from etl import schema
from etl.catalog import Source
from etl.errors import ParseError
from etl.http import Payload, Request

_MEASURES: Final = {  # spelling of a metric -> our word
    "total_requests_per_s": "throughput",
    "percentile_50": "latency",
    "percentile50": "latency",
}

_LEVELS: Final = frozenset({64, 256, 512})  # concurrent connections, in every run so far
_WORDS: Final = ["throughput", "latency"]
_LEAST_VARIANTS: Final = 2  # one alone has no place


def requests(entry: Source, since: date | None, today: date) -> Iterable[Request]:
    """One request per run of the entry; runs up to `since` are left out, as they never change."""
    for run in entry.settings["runs"]:
        month = run["day"].replace(day=1)
        if since is None or month > since:
            url = f"{entry.settings['base']}/{run['commit']}/{entry.settings['file']}"
            scope = {"period_start": month}
            yield Request(url, part=f"{run['day']}", scope=scope, immutable=True, published=run["day"])


def parse(payload: Payload, entry: Source) -> pd.DataFrame:
    """Draft rows of one run: rank (1 is best) and percentile (100 is best) by throughput and by median latency.

    Raises ParseError when the body is no such run, a run of another day, or has no figures at some level.
    """
    where = f"web_benchmarks {payload.request.part}"
    table = _table(payload, where)
    measured = table.pivot_table(index=["name", "level"], columns="measure", values="value", aggfunc="first")
    if set(measured) != set(_WORDS):
        raise ParseError(f"{where}: throughput or latency has no figures; has a metric been renamed?")
    worked = measured[measured["throughput"] > 0]
    logs = worked.where(worked > 0).apply(np.log).reset_index()
    measured_at = logs.groupby("level")[_WORDS].count()
    if len(measured_at) != entry.settings["levels"] or int(measured_at.to_numpy().min()) < _LEAST_VARIANTS:
        raise ParseError(f"{where}: a level has next to no figures; is the run whole?")
    of_variant = logs.groupby("name")[_WORDS]
    together = of_variant.mean().where(of_variant.count() == len(measured_at)).reset_index()
    levels = pd.concat([logs, together.assign(level=schema.ALL_SEGMENTS)])
    drafts = [_places(group) for _, group in levels.groupby("level", sort=False)]
    return pd.concat(drafts, ignore_index=True).assign(frequency="M", status="final", **payload.request.scope)


def _places(variants: pd.DataFrame) -> pd.DataFrame:
    """Ranks and percentiles of the variants of one level; ties share the better rank and the middle percentile."""
    rows = []
    for measure in _WORDS:
        known = variants.dropna(subset=measure)
        best_first = measure == "latency"  # the shortest is the best
        ranks = known[measure].rank(ascending=best_first, method="min")
        percentiles = 100 * (1 - (known[measure].rank(ascending=best_first) - 1) / (len(known) - 1))
        for kind, values in (("rank", ranks), ("percentile", percentiles.round(2))):
            place = known[["name"]].assign(indicator=f"web_benchmarks_{measure}_{kind}", value=values)
            rows.append(place.assign(segment=_segment(known["level"].iloc[0]), sample_size=len(known)))
    return pd.concat(rows, ignore_index=True)


def _segment(level: Any) -> str:
    return level if level == schema.ALL_SEGMENTS else f"{level} connections"


def _table(payload: Payload, where: str) -> pd.DataFrame:
    """name, level, measure and value of each metric that is read; what was not measured is left out."""
    try:
        body = json.loads(payload.content.decode("utf-8-sig"))
    except ValueError as error:
        raise ParseError(f"{where}: not JSON ({error}); is the file cut?") from error
    try:
        names = {f["id"]: f"{f['language']}/{f['label']}" for f in body["frameworks"]}
        rows = [
            (names[m["framework_id"]], int(m["level"]), _MEASURES[m["label"]], float(m["value"]))
            for m in body["metrics"]
            if m["label"] in _MEASURES and m["value"] is not None
        ]
        day = str(body["updated_at"])
    except (KeyError, TypeError, ValueError) as error:
        what = f"{type(error).__name__}: {error}"
        raise ParseError(f"{where}: no run of `metrics` and `frameworks` ({what}); has the layout changed?") from error
    strange = {level for _, level, _, _ in rows} - _LEVELS
    if strange:
        raise ParseError(f"{where}: the level {min(strange)} is new; read what it means before it is ranked.")
    if not day.startswith(payload.request.part[:7]):
        raise ParseError(f"{where}: the file holds the run of `{day[:10]}`; correct the entry.")
    return pd.DataFrame(rows, columns=["name", "level", "measure", "value"])
