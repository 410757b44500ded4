"""Small multiples: one panel per technology on common axes."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.analysis.shown import Shown


@dataclass(frozen=True)
class Multiples:
    """`rows` is tidy: technology, period_start, value, raw, partial, stretch, own (the value on its own scale, 0 to 1).

    `panels` is the order of the panels (highest newest value first, those without one last). `low` and `high` bound
    the common scale of all panels; where the largest panel would flatten the others, `own` is there to draw each on
    its own scale, which must then be said. Periods without a value are rows of missing values: lines break there.
    """

    rows: pd.DataFrame
    panels: tuple[str, ...]
    low: float
    high: float


def multiples(shown: Shown) -> Multiples:
    """The panels of one view, from the same values that its one chart would show."""
    values = shown.values
    raw = shown.raw if shown.raw is not None else values
    parts = []
    for technology in values.columns:
        line = values[technology]
        low, spread = line.min(), line.max() - line.min()
        parts.append(
            pd.DataFrame(
                {
                    "technology": str(technology),
                    "period_start": values.index,
                    "value": line.to_numpy(),
                    "raw": raw[technology].to_numpy(),
                    "partial": shown.partial[technology].to_numpy(dtype="bool"),
                    "stretch": shown.stretch,
                    "own": ((line - low) / spread if spread > 0 else line * 0 + 0.5).to_numpy(),
                }
            )
        )
    columns = ["technology", "period_start", "value", "raw", "partial", "stretch", "own"]
    rows = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    both = np.r_[values.to_numpy(dtype="float64").ravel(), raw.to_numpy(dtype="float64").ravel()]
    known = both[~np.isnan(both)]
    last = values.ffill().iloc[-1] if len(values) else pd.Series(dtype="float64")
    order = last.sort_index().sort_values(ascending=False, kind="stable", na_position="last").index
    return Multiples(
        rows,
        tuple(str(t) for t in order),
        float(known.min()) if len(known) else np.nan,
        float(known.max()) if len(known) else np.nan,
    )
