"""Evidence: what one indicator says at one step of the use-case ladder, with all that must be said beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from dashboard.analysis.figures import Figures
from dashboard.analysis.pooled import MONTHS, pooled
from etl.catalog import Construct


@dataclass(frozen=True)
class Evidence:
    """`table` is one of those that `rungs` describes.

    `means` says in words what a share is of, and how it was counted; `period` is the newest one that carries any of
    the technologies, `pooled` how many periods up to it are held together. `carried` have a figure in that period,
    `left_out` (columns technology, why) have none. `caveat` is the bias card.
    """

    construct: Construct
    indicator: str
    source: str
    title: str
    unit: str
    frequency: str
    period: pd.Timestamp
    pooled: int
    means: str
    caveat: str
    table: pd.DataFrame
    carried: tuple[str, ...]
    left_out: pd.DataFrame


@dataclass(frozen=True)
class Reading:
    """One indicator as a ladder reads it: slopes from `figures`, newest values from `now`, pooled over `together`."""

    figures: Figures
    now: Figures
    together: int


def reading(f: Figures) -> Reading:
    """How `f` is read: posts that hire are pooled over three months, all else stands alone."""
    pool = f.indicator.construct == "hiring" and f.indicator.frequency == "M" and not f.indicator.sparse
    return Reading(f, pooled(f), MONTHS) if pool else Reading(f, f, 1)


def evidence(read: Reading, table: pd.DataFrame, technologies: Sequence[str], means: str) -> Evidence:
    """The `table` of one indicator with its facts; at least one of `technologies` must have a figure."""
    f = read.figures
    period = read.now.newest(technologies)
    assert period is not None
    carried = tuple(str(t) for t in read.now.latest(technologies).index)
    missing = [(t, _why(f, t, period)) for t in technologies if t not in carried]
    return Evidence(
        construct=f.indicator.construct,
        indicator=f.indicator.id,
        source=f.source.id,
        title=f.indicator.title,
        unit=f.indicator.unit,
        frequency=f.indicator.frequency,
        period=period,
        pooled=read.together,
        means=means,
        caveat=f.source.caveat,
        table=table,
        carried=carried,
        left_out=pd.DataFrame(missing, columns=["technology", "why"]),
    )


def _why(f: Figures, technology: str, period: pd.Timestamp) -> str:
    if technology not in f.values.columns:
        return "the source has no figure of it"
    last = f.newest([technology])
    told = f", the last one is of {last:%Y-%m-%d}" if last is not None and last < period else ""
    return f"no figure in {period:%Y-%m-%d}{told}"
