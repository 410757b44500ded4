"""Benchmarks: a place within one test of one round; figures of two rounds, or two tests, are never compared.

A round is a `period_start`, a test a `segment`.
"""

import pandas as pd


def percentile(values: pd.Series, lowest: bool = False) -> pd.Series:
    """The percent of the others that each value beats, ties half: 100 is the best of all, 0 the worst.

    `values` are of one test in one round; the highest is the best unless `lowest` is set (latency). A missing value
    has no percentile, nor has one alone. For n values: 100 * (n - middle rank) / (n - 1).
    """
    places = values.rank(ascending=lowest, method="average")
    count = int(values.notna().sum())
    return 100 * (count - places) / (count - 1) if count > 1 else places * float("nan")


def newest_round(rows: pd.DataFrame, technologies: list[str] | None = None) -> pd.DataFrame:
    """The percentiles of the newest round in which each technology was measured: one row per technology and test.

    `rows` are tidy observations of one percentile indicator (technology, segment, period_start, value, sample_size).
    Columns: technology, segment (the test), period_start (the round), percentile, variants (how many were measured in
    that test and round), behind (how many rounds of the test came later, so that an old figure can be marked).
    """
    plain = rows.assign(technology=rows["technology"].astype("str"), segment=rows["segment"].astype("str"))
    rounds = plain.groupby("segment")["period_start"].rank(method="dense", ascending=False).astype("int64") - 1
    plain = plain.assign(behind=rounds)
    if technologies is not None:
        plain = plain[plain["technology"].isin(technologies)]
    last = plain.sort_values("period_start").groupby(["technology", "segment"], as_index=False).tail(1)
    found = last.rename(columns={"value": "percentile", "sample_size": "variants"})
    columns = ["technology", "segment", "period_start", "percentile", "variants", "behind"]
    return found[columns].sort_values(["segment", "percentile"], ascending=[True, False], ignore_index=True)
