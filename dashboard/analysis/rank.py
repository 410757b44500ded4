"""Rank: 1 is the best; ties share the better place."""

import pandas as pd


def rank(values: pd.DataFrame, lowest: bool = False) -> pd.DataFrame:
    """The place of each series among all columns, period by period; a missing value has no place.

    The highest value is the best, unless `lowest` is set. This is standard competition ranking (1, 1, 3).
    """
    return values.rank(axis=1, ascending=lowest, method="min")
