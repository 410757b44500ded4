"""What must hold of shares, layers, changes, places and small lines, whatever the figures are."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.analysis.benchmark import percentile
from dashboard.analysis.bump import bump
from dashboard.analysis.rank import rank
from dashboard.analysis.share import within
from dashboard.analysis.sparkline import sparklines
from dashboard.analysis.stack import layers
from dashboard.analysis.year_on_year import year_on_year
from etl.catalog import Indicator

NAMES = ["a", "b", "c", "d"]
PEOPLE = Indicator.model_validate(
    {
        "id": "i",
        "title": "I",
        "construct": "people",
        "unit": "pushers",
        "frequency": "M",
        "means": "m",
        "does_not_mean": "d",
        "bounds": (0, None),
    }
)


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    """Wide, one to thirty months, one to four technologies, whole numbers, with holes."""
    count, names = draw(st.integers(1, 30)), NAMES[: draw(st.integers(1, 4))]
    cell = st.none() | st.integers(0, 500).map(float)
    values = draw(st.lists(st.lists(cell, min_size=len(names), max_size=len(names)), min_size=count, max_size=count))
    periods = pd.date_range("2023-01-01", periods=count, freq="MS", name="period_start").as_unit("us")
    return pd.DataFrame(values, index=periods, columns=names, dtype="float64")


@st.composite
def stretched(draw: st.DrawFn) -> tuple[pd.DataFrame, np.ndarray]:
    values = draw(tables())
    cuts = draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values)))
    return values, np.cumsum(cuts)


@given(tables(), st.integers(1, 4))
def test_shares_within_add_up_to_100_and_layers_too(values: pd.DataFrame, most: int) -> None:
    found = within(values, NAMES, PEOPLE, "Web")
    assert found is not None
    counted = values.sum(axis=1) > 0
    assert found.values[counted].sum(axis=1).to_numpy() == pytest.approx(100)
    assert found.values[~counted].isna().all(axis=None)
    assert (found.counted == values.notna().sum(axis=1)).all()
    stacked = layers(found, most)
    if len(stacked):
        assert stacked.sum(axis=1).to_numpy() == pytest.approx(100)
        assert (stacked >= 0).all(axis=None)
        assert len(stacked.columns) <= most + 1


@given(tables(), st.permutations(NAMES))
def test_the_order_of_members_never_matters(values: pd.DataFrame, order: list[str]) -> None:
    first, second = within(values, NAMES, PEOPLE, "Web"), within(values, order, PEOPLE, "Web")
    assert first is not None
    assert second is not None
    pd.testing.assert_frame_equal(first.values, second.values[first.values.columns])


@settings(max_examples=30)
@given(stretched(), st.sampled_from([2.0, 0.25]))
def test_a_change_over_a_year_is_that_of_two_values_of_one_stretch(
    case: tuple[pd.DataFrame, np.ndarray], factor: float
) -> None:
    values, stretch = case
    found = year_on_year(values, stretch, "M")
    pd.testing.assert_frame_equal(found, year_on_year(values * factor, stretch, "M"))
    points = year_on_year(values, stretch, "M", points=True)
    for i in range(len(values)):
        for name in values:
            now, before = values[name].iloc[i], values[name].iloc[i - 12] if i >= 12 else float("nan")
            comparable = i >= 12 and stretch[i] == stretch[i - 12] and not np.isnan([now, before]).any()
            assert pd.notna(points[name].iloc[i]) == comparable
            assert pd.notna(found[name].iloc[i]) == (comparable and before > 0)
            if comparable and before > 0:
                assert before * (1 + found[name].iloc[i] / 100) == pytest.approx(now, abs=1e-6)


@settings(max_examples=30)
@given(stretched(), st.booleans(), st.sampled_from([np.sqrt, np.log1p, lambda x: 3 * x + 1]))
def test_places_survive_monotone_transforms(
    case: tuple[pd.DataFrame, np.ndarray], lowest: bool, transform: object
) -> None:
    values, stretch = case
    moved = transform(values)  # type: ignore[operator]
    pd.testing.assert_frame_equal(rank(values, lowest), rank(moved, lowest))
    pd.testing.assert_frame_equal(
        bump(values, stretch, lowest=lowest).places, bump(moved, stretch, lowest=lowest).places
    )


@settings(max_examples=30)
@given(tables())
def test_a_place_counts_those_that_are_better(values: pd.DataFrame) -> None:
    places = rank(values)
    assert (places.notna() == values.notna()).all(axis=None)
    for period, row in values.iterrows():
        for name, value in row.dropna().items():
            assert places.loc[period, name] == 1 + int((row > value).sum())


@settings(max_examples=30)
@given(stretched(), st.integers(1, 40))
def test_small_lines_lie_in_the_unit_square_and_never_cross_a_break(
    case: tuple[pd.DataFrame, np.ndarray], periods: int
) -> None:
    values, stretch = case
    found = sparklines(values, stretch, periods)
    assert len(found) == int(values.tail(periods).notna().to_numpy().sum())
    assert found["x"].between(0, 1).all()
    assert found["y"].between(0, 1).all()
    of = dict(zip(values.index, stretch, strict=True))
    for _, piece in found.groupby(["technology", "piece"]):
        assert len({of[p] for p in piece["period_start"]}) == 1
        steps = values.index.get_indexer(pd.DatetimeIndex(piece["period_start"]))
        assert (np.diff(steps) == 1).all()


@given(st.lists(st.integers(0, 9), min_size=2, max_size=30))
def test_percentiles_average_to_50_and_turn_round(numbers: list[int]) -> None:
    values = pd.Series(numbers, dtype="float64")
    found = percentile(values)
    assert found.between(0, 100).all()
    assert found.mean() == pytest.approx(50)
    assert (100 - found).to_numpy() == pytest.approx(percentile(values, lowest=True).to_numpy())
    beaten = [100 * (sum(o < v for o in numbers) + (numbers.count(v) - 1) / 2) / (len(numbers) - 1) for v in numbers]
    assert found.tolist() == pytest.approx(beaten)
