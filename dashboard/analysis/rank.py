"""Rank: 1 is the highest; ties share the better place."""

import pandas as pd


def rank(values: pd.DataFrame) -> pd.DataFrame:
    """The place of each series among all columns, period by period; a missing value has no place."""
    return values.rank(axis=1, ascending=False, method="min")
