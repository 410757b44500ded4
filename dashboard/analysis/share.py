"""Share: percent of a stated whole, 0 to 100. The whole is that of the source, never the sum of the chosen few."""

import pandas as pd


def share(values: pd.DataFrame, whole: pd.Series) -> pd.DataFrame:
    """100 * value / whole, period by period.

    `values` is wide, `whole` has one value per period (any order). Where the whole is missing or zero there is no
    share.
    """
    base = whole.reindex(values.index)
    return values.mul(100).div(base.where(base > 0), axis=0)
