"""Which indicator tells most about a set of technologies, by construct."""

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

from etl.catalog import Catalog
from etl.schema import ALL_SEGMENTS, WORLD

HALF_LIFE_YEARS: Final = 2.0
"""Figures that are so much older weigh half as much."""
SPARSE_WEIGHS: Final = 0.5
"""What is measured now and then shows no trend."""

COLUMNS: Final = ("construct", "indicator", "source", "carried", "of", "last", "behind", "regular", "weight", "why")
_DAYS_PER_YEAR: Final = 365.25


def carriers(
    summary: pd.DataFrame,
    catalog: Catalog,
    technologies: Sequence[str],
    region: str = WORLD,
    segment: str = ALL_SEGMENTS,
) -> pd.DataFrame:
    """Every indicator that carries some of `technologies`; constructs in the order of the catalogue's list, best first.

    `summary` has one row per indicator, technology, region and segment, with first, last (period starts) and rows.
    A technology counts as carried if its figures reach to within a year of the indicator's newest. The weight is
    carried / of * 0.5 ** (behind / 2 years) * (0.5 if measured now and then); `behind` is the age of the newest figure
    against the newest of the whole summary, in years: no clock is read. Ties go to the one with a whole to take shares
    of, then to the catalogue's order. Columns as in `COLUMNS`; `why` says the weight in words.
    """
    here = summary[(summary["region"] == region) & (summary["segment"] == segment)]
    ours = here[here["technology"].isin(list(technologies)) & here["indicator"].isin(list(catalog.indicator))]
    if ours.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    newest, of = pd.Timestamp(summary["last"].max()), len(set(technologies))
    order = {indicator: position for position, indicator in enumerate(catalog.indicator)}
    rows: list[dict[str, Any]] = []
    for name, found in ours.groupby("indicator", observed=True):
        indicator, source = catalog.indicator[str(name)], catalog.source_of[str(name)]
        last = pd.Timestamp(found["last"].max())
        carried = int((found["last"] >= last - pd.DateOffset(years=1)).sum())
        behind = (newest - last).days / _DAYS_PER_YEAR
        regular = not indicator.sparse
        rows.append(
            {
                "construct": indicator.construct,
                "indicator": indicator.id,
                "source": source.id,
                "carried": carried,
                "of": of,
                "last": last,
                "behind": behind,
                "regular": regular,
                "weight": carried / of * 0.5 ** (behind / HALF_LIFE_YEARS) * (1 if regular else SPARSE_WEIGHS),
                "why": _why(carried, of, last, regular, source.cadence == "ended"),
                "_whole": indicator.is_share or indicator.whole is not None,
                "_order": order[indicator.id],
            }
        )
    table = pd.DataFrame(rows)
    constructs = {c: p for p, c in enumerate(dict.fromkeys(i.construct for i in catalog.indicator.values()))}
    table = table.assign(_construct=table["construct"].map(constructs))
    by, ascending = ["_construct", "weight", "_whole", "_order"], [True, False, False, True]
    return table.sort_values(by, ascending=ascending, ignore_index=True)[list(COLUMNS)]


def best(table: pd.DataFrame) -> dict[str, str]:
    """Construct -> the best carrying indicator, from a table of `carriers`."""
    first = table.drop_duplicates("construct")
    return dict(zip(first["construct"], first["indicator"], strict=True))


def _why(carried: int, of: int, last: pd.Timestamp, regular: bool, ended: bool) -> str:
    said = f"carries {carried} of {of}, newest figures {last:%Y-%m}"
    return said + (", measured now and then" if not regular else "") + (", no longer published" if ended else "")
