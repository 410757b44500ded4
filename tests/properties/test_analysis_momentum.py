"""What must hold of momentum, tiers, agreement and intervals, whatever the figures are."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from dashboard.analysis.conflict import conflict
from dashboard.analysis.figures import Figures
from dashboard.analysis.momentum import momenta, monthly
from dashboard.analysis.season import kruskal_wallis
from dashboard.analysis.slope import inflation, theil_sen
from dashboard.analysis.wilson import wilson
from etl.catalog import Indicator, Source

END = "2026-06-01"
MIRRORED = {"surging": "fading", "rising": "falling", "steady": "steady", "falling": "rising", "fading": "surging"}


def frame(values: dict[str, list[float]]) -> pd.DataFrame:
    count = len(next(iter(values.values())))
    index = pd.date_range(end=END, periods=count, freq="MS", name="period_start").as_unit("us")
    return pd.DataFrame(values, index=index, dtype="float64")


@st.composite
def shares(draw: st.DrawFn, least: int = 13, most: int = 60, holes: bool = True) -> pd.DataFrame:
    """Wide, thirteen to sixty months of one to three technologies, in hundredths of a percent, with holes."""
    count, names = draw(st.integers(least, most)), "abc"[: draw(st.integers(1, 3))]
    number = st.integers(1, 9999).map(lambda n: n / 100)
    cell = st.one_of(number, number, number, st.none()) if holes else number
    return frame({name: draw(st.lists(cell, min_size=count, max_size=count)) for name in names})


def told(values: pd.DataFrame, **more: Any) -> pd.DataFrame:
    return momenta(values, np.zeros(len(values)), "M", **more)


def slopes(table: pd.DataFrame) -> np.ndarray:
    return table[["slope", "low", "high"]].to_numpy(dtype="float64")


@settings(max_examples=25)
@given(shares())
def test_a_slope_lies_in_its_interval_or_has_a_reason(values: pd.DataFrame) -> None:
    found = told(values)
    assert len(found) == 3 * len(values.columns)
    given_one = found["slope"].notna()
    assert (found["reason"].isna() == given_one).all()
    assert (found["tier"].notna() == given_one).all()
    there = found[given_one]
    assert ((there["low"] <= there["slope"] + 1e-9) & (there["slope"] <= there["high"] + 1e-9)).all()
    assert (there["periods"] >= 5).all()


@settings(max_examples=25)
@given(shares(), st.data())
def test_the_order_of_technologies_never_matters(values: pd.DataFrame, data: st.DataObject) -> None:
    order = data.draw(st.permutations(list(values.columns)))
    first = told(values).set_index(["technology", "years"]).sort_index()
    second = told(values[order]).set_index(["technology", "years"]).sort_index()
    pd.testing.assert_frame_equal(first, second)


@settings(max_examples=25)
@given(shares(), st.sampled_from([0.001, 0.5, 1000.0]))
def test_a_factor_scales_the_slope_and_leaves_the_tier(values: pd.DataFrame, factor: float) -> None:
    first, second = told(values), told(values * factor)
    assert slopes(second) == pytest.approx(slopes(first) * factor, rel=1e-6, abs=1e-9 * factor, nan_ok=True)
    edge = (first["percent"].abs() - 2).abs().lt(1e-6) | (first["percent"].abs() - 20).abs().lt(1e-6)
    same = first["tier"].eq(second["tier"]) | (first["tier"].isna() & second["tier"].isna())
    assert (same | edge | first[["low", "high"]].abs().lt(1e-9).any(axis=1)).all()


@settings(max_examples=25)
@given(shares(), st.integers(0, 5000))
def test_a_shift_leaves_the_slope(values: pd.DataFrame, shift: int) -> None:
    assert slopes(told(values + shift / 100)) == pytest.approx(slopes(told(values)), rel=1e-6, abs=1e-6, nan_ok=True)


@given(st.lists(st.integers(1, 9999), min_size=5, max_size=40))
def test_reversal_turns_the_slope_round(numbers: list[int]) -> None:
    values, times = np.array(numbers) / 100, np.arange(len(numbers)) / 12
    forth, back = theil_sen(values, times), theil_sen(values[::-1].copy(), times)
    assert back.slope == pytest.approx(-forth.slope, abs=1e-9)
    # the interval is taken from the ordered slopes, whose ends scipy counts alike from both sides up to one place
    ordered = np.sort([(b - a) / (u - t) for (a, t), (b, u) in _pairs(values, times)])
    places = np.searchsorted(ordered, [forth.low - 1e-9, -back.high - 1e-9])
    assert abs(int(places[0]) - int(places[1])) <= max(1, np.isclose(ordered, forth.low).sum())


def _pairs(values: np.ndarray, times: np.ndarray) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    points = list(zip(values, times, strict=True))
    return [(p, q) for i, p in enumerate(points) for q in points[i + 1 :]]


@given(st.floats(-30, 30), st.floats(40, 60))
def test_a_straight_line_and_its_mirror_have_mirrored_tiers(slope: float, level: float) -> None:
    assume(abs(slope) > 1e-3)
    assume(all(abs(abs(slope) - edge * level / 100) > 0.5 for edge in (2, 20)))
    times = (np.arange(13) - 6) / 12
    values = frame({"up": list(level + slope * times), "down": list(level - slope * times)})
    found = told(values, windows=[1]).set_index("technology")["tier"]
    assert found["down"] == MIRRORED[found["up"]]


@settings(max_examples=25)
@given(shares(least=30), st.data())
def test_figures_before_a_break_do_not_matter(values: pd.DataFrame, data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, len(values) - 14))
    assume(values.iloc[cut:].notna().any().all())  # of what ended before the break nothing is told but that it did
    stretch = np.r_[np.zeros(cut), np.ones(len(values) - cut)].astype("int64")
    other = values.copy()
    other.iloc[:cut] = data.draw(st.integers(1, 99))
    first, second = momenta(values, stretch, "M"), momenta(other, stretch, "M")
    pd.testing.assert_frame_equal(first, second)


@given(st.lists(st.integers(-50, 50), min_size=5, max_size=60))
def test_an_interval_is_never_narrower_than_sen_s(numbers: list[int]) -> None:
    values, times = np.array(numbers, dtype="float64"), np.arange(len(numbers), dtype="float64")
    assert inflation(values) >= 1
    found, (_, _, low, high) = theil_sen(values, times), stats.theilslopes(values, times, alpha=0.95)
    assert found.low <= low + 1e-12
    assert found.high >= high - 1e-12


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 3)), min_size=6, max_size=40))
def test_kruskal_wallis_is_that_of_scipy(cells: list[tuple[int, int]]) -> None:
    values = pd.DataFrame({"a": [float(v) for v, _ in cells]})
    groups = pd.Index([g for _, g in cells])
    assume(len(set(groups)) > 1 and values["a"].nunique() > 1)
    parts = [values.loc[groups == g, "a"] for g in sorted(set(groups))]
    assert kruskal_wallis(values, groups)["a"] == pytest.approx(stats.kruskal(*parts).pvalue)


@given(st.lists(st.one_of(st.floats(0, 100), st.none()), min_size=40, max_size=120))
def test_a_month_lies_between_its_days(cells: list[float | None]) -> None:
    days = pd.date_range("2026-01-01", periods=len(cells)).as_unit("us")
    values = pd.DataFrame({"a": cells}, index=days, dtype="float64")
    found, stretch = monthly(values, np.zeros(len(cells)), "D")
    assert len(found) == len(stretch)
    for start, mean in found["a"].items():
        inside = values.loc[str(start)[:7], "a"]
        assert inside.count() >= 27
        assert inside.min() - 1e-9 <= mean <= inside.max() + 1e-9


def _figures(name: str, values: dict[str, float]) -> Figures:
    plain = {"id": name, "title": "I", "construct": "hiring", "unit": "posts", "frequency": "M", "means": "m"}
    entry = Indicator.model_validate({**plain, "does_not_mean": "d", "bounds": (0, None)})
    source = Source.model_construct(id=name, publisher=name, caveat="Mind it.")
    table = pd.DataFrame([values], index=pd.DatetimeIndex([END]))
    return Figures(entry, source, "WLD", "all", table, table, None, np.zeros(1), ())


@settings(max_examples=25)
@given(
    st.integers(5, 9).flatmap(
        lambda n: st.tuples(*[st.lists(st.integers(1, 20), min_size=n, max_size=n) for _ in range(2)])
    ),
    st.sampled_from([np.sqrt, np.log, lambda x: x**3 + 7]),
    st.randoms(use_true_random=False),
)
def test_places_and_agreement_survive_monotone_transforms_and_order(both: Any, transform: Any, random: Any) -> None:
    names = [f"t{i}" for i in range(len(both[0]))]
    x, y = (dict(zip(names, map(float, numbers), strict=True)) for numbers in both)
    first = conflict([_figures("i", x), _figures("j", y)], names)
    shuffled = names.copy()
    random.shuffle(shuffled)
    moved = {t: float(transform(x[t])) for t in shuffled}
    second = conflict([_figures("i", moved), _figures("j", y)], shuffled)
    keys = ["technology", "indicator", "place", "of", "tied", "place_among", "among"]
    pd.testing.assert_frame_equal(
        first.ranks[keys].sort_values(keys[:2], ignore_index=True),
        second.ranks[keys].sort_values(keys[:2], ignore_index=True),
    )
    assert second.pairs["tau"].tolist() == pytest.approx(first.pairs["tau"].tolist(), nan_ok=True)
    tau = stats.kendalltau(list(x.values()), list(y.values())).statistic
    assert first.pairs["tau"].tolist() == pytest.approx([tau], nan_ok=True)


@given(st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_wilson_interval_holds_its_share_and_mirrors(case: tuple[int, int]) -> None:
    hits, asked = case
    found = wilson(pd.Series([100 * hits / asked, 100 - 100 * hits / asked]), pd.Series([asked, asked]))
    share = 100 * hits / asked
    assert 0 <= found["low"].iloc[0] <= share + 1e-9
    assert share - 1e-9 <= found["high"].iloc[0] <= 100
    assert found["low"].iloc[0] == pytest.approx(100 - found["high"].iloc[1], abs=1e-9)
