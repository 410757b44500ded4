"""The parts of one run: which rows each accounts for, what failed, and what the rows of a source become."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from etl import schema
from etl.errors import PausedError, StacktideError
from etl.gather import Answer
from etl.http import Request


@dataclass
class Parts:
    """What the parts of one run came to."""

    rows: list[pd.DataFrame] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    failures: list[tuple[Answer, StacktideError]] = field(default_factory=list)
    unknown: list[pd.DataFrame] = field(default_factory=list)
    of_period: dict[date, list[pd.DataFrame]] = field(default_factory=dict)
    """The rows of parts that are one period each, by its first day."""

    def succeeded(self, request: Request, rows: pd.DataFrame) -> None:
        """Note the rows that a part brought."""
        self.requests.append(request)
        self.rows.append(rows)
        period = request.scope.get("period_start")
        if isinstance(period, date):
            self.of_period.setdefault(period, []).append(rows)

    def failed(self, answer: Answer, error: StacktideError) -> None:
        """Note why a part brought none."""
        self.failures.append((answer, error))

    @property
    def most_failed(self) -> bool:
        """Whether more than half of the parts failed: the few others are no good state of the source.

        Parts that are put off to the next run, as a limit of the publisher is reached, count on neither side.
        """
        failed = [error for _, error in self.failures if not isinstance(error, PausedError)]
        return len(failed) > len(self.rows)

    def unknown_names(self) -> list[dict[str, Any]]:
        """Names that no alias covers: rows over all parts, and the largest share that the name has in any of them."""
        if not self.unknown:
            return []
        names = pd.concat(self.unknown, ignore_index=True)
        by_name = names.groupby("name", as_index=False).agg(
            rows=("rows", "sum"), value_share_percent=("value_share", "max")
        )
        by_name["value_share_percent"] = by_name["value_share_percent"].astype(float).round(6)
        ordered = by_name.sort_values(["value_share_percent", "name"], ascending=[False, True])
        return [dict(zip(ordered.columns, row, strict=True)) for row in ordered.itertuples(index=False, name=None)]


def reported(answer: Answer, error: StacktideError) -> dict[str, Any]:
    """What the run's report says of a part that failed; `origin` and `since` are what the next run asks with."""
    since = answer.origin.since
    return {
        "part": answer.request.part,
        "error": str(error),
        "origin": answer.origin.part,
        "since": since.isoformat() if since is not None else None,
    }


def sentence(source: str, parts: Parts, kept: bool) -> str:
    """What failed, and what becomes of it; `kept`: whether there are good rows from before."""
    first, error = parts.failures[0]
    count = len(parts.failures)
    named = ", ".join(answer.request.part for answer, _ in parts.failures[:8]) + (" ..." if count > 8 else "")
    if parts.most_failed and parts.rows:
        outcome = f"that is most of them, so nothing is stored{' and the last good rows stay' if kept else ''}"
    elif kept:
        outcome = f"{'its' if count == 1 else 'their'} last good rows stay"
    else:
        outcome = "there are no good rows of it yet" if count == 1 else "there are no good rows of them yet"
    return (
        f"{source}: {count} of {count + len(parts.rows)} parts failed ({named}); {outcome}. "
        f"First, {first.request.part}: {error}"
    )


def filled(request: Request, rows: pd.DataFrame) -> Request:
    """The request with `...` in its scope filled in by the values that its rows have."""
    return replace(request, scope={c: tuple(rows[c].unique()) if v is ... else v for c, v in request.scope.items()})


def in_scope(rows: pd.DataFrame, request: Request) -> pd.DataFrame:
    """Those of `rows` that the answer to the request accounts for."""
    mask = np.ones(len(rows), dtype=bool)
    for column, wanted in request.scope.items():
        values = wanted if isinstance(wanted, tuple) else (wanted,)
        mask &= rows[column].isin([pd.Timestamp(v) if column == "period_start" else v for v in values]).to_numpy()
    return rows[mask]


def neighbours(request: Request, rows: pd.DataFrame, old: pd.DataFrame, parts: Parts) -> pd.DataFrame:
    """What a part of some periods follows on, in the last good state and in this run; none for a whole series.

    For a part that is one period: the period before, of all parts. For a part whose periods only its answer tells
    (readings, windows of days): the older periods of the same series.
    """
    period = request.scope.get("period_start")
    if period is None or rows.empty:
        return old[:0]
    if period is ...:
        series = Request(request.url, request.part, {c: v for c, v in request.scope.items() if c != "period_start"})
        first = rows["period_start"].min()
        return in_scope(old[old["period_start"] < first], filled(series, rows))
    if not isinstance(period, date):
        return old[:0]
    end = pd.Timestamp(period)
    start = end - schema.PERIOD_OFFSETS[str(rows["frequency"].iloc[0])]
    near = [old[(old["period_start"] >= start) & (old["period_start"] < end)]]
    for theirs, accepted in parts.of_period.items():
        if start <= pd.Timestamp(theirs) < end:
            near += accepted
    return pd.concat(near)


def merged(old: pd.DataFrame, parts: Parts) -> pd.DataFrame:
    """The rows of successful parts in place of those that they account for; what did not change keeps its vintage."""
    replaced = pd.Index([])
    for request in parts.requests:
        replaced = replaced.union(in_scope(old, request).index)
    fresh = pd.concat(parts.rows, ignore_index=True)
    key = list(schema.KEY)
    text = dict.fromkeys(schema.CATEGORIES, "str")
    before = old.astype(text).loc[replaced, [*key, "value", "sample_size", "status", "vintage", "payload"]]
    joined = fresh.astype(text).merge(before, on=key, how="left", suffixes=("", "_before"))
    same = (
        (joined["value"] == joined["value_before"])
        & (joined["status"] == joined["status_before"])
        & (joined["sample_size"].fillna(-1) == joined["sample_size_before"].fillna(-1))
    )
    for column in ("vintage", "payload"):
        joined[column] = joined[column].where(~same, joined[f"{column}_before"])
    kept = old.drop(index=replaced)
    return schema.sort(schema.typed(pd.concat([kept.astype(text), joined[list(schema.COLUMNS)]], ignore_index=True)))


def difference(old: pd.DataFrame, new: pd.DataFrame) -> tuple[int, int, int]:
    """Rows added, changed (value, sample size or status) and removed between two states of one source."""
    columns = [*schema.KEY, "value", "sample_size", "status"]
    text = dict.fromkeys(schema.CATEGORIES, "str")
    both = (
        old[columns]
        .astype(text)
        .merge(new[columns].astype(text), on=list(schema.KEY), how="outer", suffixes=("_before", ""), indicator=True)
    )
    common = both[both["_merge"] == "both"]
    changed = (common["value"] != common["value_before"]) | (common["status"] != common["status_before"])
    changed |= common["sample_size"].fillna(-1) != common["sample_size_before"].fillna(-1)
    return int((both["_merge"] == "right_only").sum()), int(changed.sum()), int((both["_merge"] == "left_only").sum())
