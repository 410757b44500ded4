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
    wanted, periods = set(technologies), dict[str, list[Any]]()
    for name, technology, last in zip(*(here[c].to_list() for c in ("indicator", "technology", "last")), strict=True):
        if technology in wanted and name in catalog.indicator:
            periods.setdefault(name, []).append(last)
    if not periods:
        return pd.DataFrame(columns=list(COLUMNS))
    newest, of = pd.Timestamp(summary["last"].max()), len(wanted)
    constructs = {c: p for p, c in enumerate(dict.fromkeys(i.construct for i in catalog.indicator.values()))}
    rows: list[tuple[Any, ...]] = []
    for position, (name, indicator) in enumerate(catalog.indicator.items()):
        if name not in periods:
            continue
        last = max(periods[name])
        year_before = last - pd.DateOffset(years=1)
        carried = sum(each >= year_before for each in periods[name])
        behind = (newest - last).days / _DAYS_PER_YEAR
        regular, source = not indicator.sparse, catalog.source_of[name]
        weight = carried / of * 0.5 ** (behind / HALF_LIFE_YEARS) * (1 if regular else SPARSE_WEIGHS)
        why = _why(carried, of, last, regular, source.cadence == "ended")
        whole = indicator.is_share or indicator.whole is not None
        told = (indicator.construct, name, source.id, carried, of, last, behind, regular, weight, why)
        rows.append((constructs[indicator.construct], -weight, not whole, position, told))
    return pd.DataFrame([told for *_, told in sorted(rows)], columns=list(COLUMNS))


def best(table: pd.DataFrame) -> dict[str, str]:
    """Construct -> the best carrying indicator, from a table of `carriers`."""
    first = table.drop_duplicates("construct")
    return dict(zip(first["construct"], first["indicator"], strict=True))


def _why(carried: int, of: int, last: pd.Timestamp, regular: bool, ended: bool) -> str:
    said = f"carries {carried} of {of}, newest figures {last:%Y-%m}"
    return said + (", measured now and then" if not regular else "") + (", no longer published" if ended else "")
