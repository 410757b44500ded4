"""Rank: 1 is the best; ties share the better place."""

import numpy as np
import pandas as pd


def rank(values: pd.DataFrame, lowest: bool = False) -> pd.DataFrame:
    """The place of each series among all columns, period by period; a missing value has no place.

    The highest value is the best, unless `lowest` is set. This is standard competition ranking (1, 1, 3).
    """
    return values.rank(axis=1, ascending=lowest, method="min")


def rank_history(values: pd.DataFrame, stretches: np.ndarray, lowest: bool = False) -> pd.DataFrame:
    """The places over time, tidy: one row per technology and period that has a figure, in that order.

    `values` is wide and holds the whole comparison. Columns: technology, period_start, place, of (how many were
    ranked then), tied (whether the place is shared), gained (places gained since the period before that has a figure
    of the technology; missing for the first and across a severing break), stretch.
    """
    places = rank(values, lowest)
    tied = values.apply(lambda row: row.duplicated(keep=False) & row.notna(), axis=1, result_type="expand")
    compared = values.notna().sum(axis=1)
    parts = []
    for technology in values.columns:
        found = places[technology].dropna()
        at = values.index.get_indexer(found.index)
        stretch = pd.Series(stretches[at], index=found.index)
        parts.append(
            pd.DataFrame(
                {
                    "technology": str(technology),
                    "period_start": found.index,
                    "place": found.astype("int64"),
                    "of": compared.loc[found.index],
                    "tied": tied.loc[found.index, technology].astype("bool"),
                    "gained": (-found.diff()).where(stretch.eq(stretch.shift())).astype("Int64"),
                    "stretch": stretch,
                }
            )
        )
    columns = ["technology", "period_start", "place", "of", "tied", "gained", "stretch"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
