"""What is refused, and that healthy rows are not."""

import re
from collections.abc import Callable
from datetime import date

import pandas as pd
import pytest

from etl import checks, comparison, schema
from etl.catalog import Break, Catalog, Source
from etl.errors import CheckError, ComparisonError

TODAY = date(2026, 9, 1)
Rows = Callable[..., pd.DataFrame]


@pytest.fixture(scope="module")
def pypl(entries: Catalog) -> Source:
    """The real entry with limits of its own, so that tuning the real ones concerns no test here."""
    entry = entries.source["pypl"]
    limits = {"noise_below": 2, "may_change_by_factor": 4}
    indicators = [i.model_copy(update=limits) for i in entry.indicators]
    expectations = entry.expectations.model_copy(update={"min_rows": 250, "may_shrink_by_percent": 5})
    return entry.model_copy(update={"indicators": indicators, "expectations": expectations})


@pytest.fixture(scope="module")
def series(observations: Rows) -> Rows:
    """A healthy series of twelve months of 2025, and how it is changed: {position: value}."""

    def made(changes: dict[int, float] | None = None, months: int = 12, first: str = "2025-01-01") -> pd.DataFrame:
        values = [20.0 + n / 10 for n in range(months)]
        for position, value in (changes or {}).items():
            values[position] = value
        return observations(value=values, period_start=pd.date_range(first, periods=months, freq="MS"))

    return made


def test_healthy_rows_pass(series: Rows, observations: Rows, pypl: Source, entries: Catalog) -> None:
    checks.check_rows(series(), pypl, entries, TODAY)
    for rows in (
        observations(technology=schema.WHOLE),
        observations(region="EU"),
        observations(region="NA"),
        observations(value=0.0),
        observations(value=100.0),
        observations(period_start="2026-09-01"),
        observations(frequency="Q", period_start="2026-04-01"),
        observations(frequency="Y", period_start="2026-01-01"),
        observations(frequency="D", period_start="2026-01-17"),
        observations(frequency="W", period_start="2026-01-17"),
        observations(status="estimated"),
    ):
        checks.check_rows(rows, pypl, entries, TODAY)


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"value": 100.5}, "pypl_languages of `python` in WLD for 2026-01-01 is 100.5, outside of 0 to 100 percent"),
        ({"value": -0.1}, "is -0.1, outside of 0 to 100 percent"),
        ({"value": float("nan")}, "column `value`"),
        ({"value": float("inf")}, "column `value`"),
        ({"period_start": "2026-10-01"}, "for 2026-10-01 lies in the future (today is 2026-09-01)"),
        ({"period_start": None}, "column `period_start`"),
        ({"period_start": "2026-01-02"}, "for 2026-01-02 is not the first day of its period"),
        ({"frequency": "Q", "period_start": "2026-02-01"}, "is not the first day of its period"),
        ({"frequency": "Y", "period_start": "2025-04-01"}, "is not the first day of its period"),
        ({"frequency": "F"}, "column `frequency` holds 'F'"),
        ({"region": "de"}, "column `region` holds 'de'"),
        ({"region": "DEU"}, "column `region` holds 'DEU'"),
        ({"status": "sure"}, "column `status` holds 'sure'"),
        ({"vintage": None}, "column `vintage`"),
        ({"payload": "abc"}, "column `payload` holds 'abc'"),
        ({"technology": "cobol-2000"}, "`cobol-2000` is no technology of the catalogue"),
        ({"value": [1.0, 1.0]}, "pypl_languages of `python` in WLD for 2026-01-01 stands twice"),
        ({"value": [1.0, 2.0], "payload": ["a" * 64, "b" * 64]}, "stands twice"),
        ({"value": []}, "not one row of a technology that we follow"),
    ],
)
def test_rows_that_cannot_be_right(
    observations: Rows, pypl: Source, entries: Catalog, columns: dict[str, object], told: str
) -> None:
    with pytest.raises(CheckError, match=re.escape(told)) as caught:
        checks.check_rows(observations(**columns), pypl, entries, TODAY)
    assert str(caught.value).startswith("pypl: ")


def test_no_upper_bound(observations: Rows, entries: Catalog) -> None:
    rows = observations(source="top_pypi", indicator="pypi_downloads", value=1e12)
    checks.check_rows(rows, entries.source["top_pypi"], entries, TODAY)
    with pytest.raises(CheckError, match="is -1, outside of at least 0 downloads"):
        checks.check_rows(rows.assign(value=-1.0), entries.source["top_pypi"], entries, TODAY)


def _compare(new: pd.DataFrame, old: pd.DataFrame, entry: Source, *breaks: Break) -> None:
    comparison.compare(new, old, schema.empty(), entry, breaks)


def test_nothing_to_compare_with(series: Rows, pypl: Source) -> None:
    _compare(series(), schema.empty(), pypl)
    _compare(series({3: 90.0}), schema.empty(), pypl)  # history is not judged: real series jump


def test_same_and_grown_rows_pass(series: Rows, pypl: Source) -> None:
    _compare(series(), series(), pypl)
    _compare(series(months=13), series(), pypl)
    _compare(series({4: 21.5, 11: 23.0}, months=14), series(), pypl)


def test_coverage_that_shrank(series: Rows, pypl: Source) -> None:
    _compare(series(months=38, first="2020-03-01"), series(months=40, first="2020-01-01"), pypl)
    with pytest.raises(CheckError, match="37 rows where the last good state has 40; the publication is incomplete"):
        _compare(series(months=37, first="2020-04-01"), series(months=40, first="2020-01-01"), pypl)


def test_rows_under_other_names(series: Rows, pypl: Source) -> None:
    renamed = series().assign(region="DE")
    with pytest.raises(CheckError, match=r"12 of the 12 rows of the last good state are gone, and others have come"):
        _compare(renamed, series(), pypl)


def test_technology_under_another_name(series: Rows, pypl: Source) -> None:
    """Its rows are few beside all others, but it was a good part of the last month."""
    others = [series(months=60, first="2021-01-01").assign(technology="java", region=region) for region in ("DE", "FR")]
    java, python = pd.concat(others, ignore_index=True), series(months=3, first="2025-10-01")
    old = pd.concat([java, python], ignore_index=True)
    with pytest.raises(CheckError, match=r"`python`, \d+ % of the newest period of pypl_languages, is gone; has the"):
        _compare(java, old, pypl)
    _compare(old[:-1], old, pypl)


def test_newest_period_that_went_back(series: Rows, pypl: Source) -> None:
    with pytest.raises(
        CheckError, match="newest period is 2025-12-01, the last good state had 2026-01-01; an old file was sent"
    ):
        _compare(series(months=13, first="2024-12-01"), series(months=13), pypl)


@pytest.mark.parametrize("factor", [1000, 1 / 1000, 4.1, 1 / 4.1])
def test_revision_beyond_the_factor(observations: Rows, pypl: Source, factor: float) -> None:
    days = pd.date_range("2025-01-01", periods=3, freq="MS")
    old = observations(value=[10.0, 20.0, 20.0], period_start=days)
    new = old.assign(value=[10.0, 20.0 * factor, 20.0])
    with pytest.raises(
        CheckError, match=r"of `python` in WLD for 2025-02-01 was 20 and is now .* a revision by a factor"
    ):
        _compare(new, old, pypl)


def test_unit_that_changed(series: Rows, pypl: Source) -> None:
    fractions = series().assign(value=series()["value"] / 100)
    with pytest.raises(
        CheckError, match=r"a revision by a factor of .*, where at most 4 is expected; has the unit changed\?"
    ):
        _compare(fractions, series(), pypl)
    thousand = series().assign(value=series()["value"] * 1000)
    with pytest.raises(CheckError, match=r"a factor of 1000\.0, where at most"):
        _compare(thousand, series(), pypl)


def test_revision_within_the_factor_and_noise_pass(series: Rows, observations: Rows, pypl: Source) -> None:
    _compare(series({5: 70.0}), series(), pypl)
    small = observations(value=[0.002], technology="zig")
    _compare(small.assign(value=1.99), small, pypl)  # both below the noise
    _compare(small.assign(value=4.0), small, pypl)  # the smaller counts as half the noise, 1
    with pytest.raises(CheckError, match="a revision"):
        _compare(small.assign(value=4.1), small, pypl)


@pytest.mark.parametrize("value", [95.0, 4.0, 0.0])
def test_jump_of_the_newest_period(series: Rows, pypl: Source, value: float) -> None:
    told = "for 2026-01-01 was 21.1 in the period before and is"
    with pytest.raises(CheckError, match=re.escape(told)):
        _compare(series({12: value}, months=13), series(), pypl)
    with pytest.raises(CheckError, match=re.escape(told)):  # at a first load, too
        _compare(series({12: value}, months=13), schema.empty(), pypl)


def test_each_new_period_is_judged(series: Rows, pypl: Source) -> None:
    with pytest.raises(CheckError, match="for 2026-01-01"):
        _compare(series({12: 95.0, 13: 94.0}, months=14), series(), pypl)


def test_gap_is_no_jump(series: Rows, pypl: Source) -> None:
    new = series({13: 95.0}, months=14)
    _compare(new.drop(index=12), series(), pypl)


def _break(day: str, effect: str = "severs", indicators: list[str] | None = None) -> Break:
    return Break.model_validate(
        {"date": day, "what": "w", "evidence": "e", "effect": effect, "indicators": indicators or []}
    )


def test_reading_is_judged_by_the_one_before_however_long_ago(series: Rows, pypl: Source) -> None:
    readings = pypl.model_copy(update={"indicators": [i.model_copy(update={"sparse": True}) for i in pypl.indicators]})
    old, late = series(months=3), series({0: 30.0}, months=1, first="2025-09-01")
    comparison.compare(late, old[:0], old, readings, [])
    with pytest.raises(
        CheckError, match=r"was 20.2 in the period before and is 2020 percent.*factor of 100.0, where at most 18.8 is"
    ):
        comparison.compare(series({0: 2020.0}, months=1, first="2025-09-01"), old[:0], old, readings, [])


@pytest.mark.parametrize(
    ("days", "most"), [(1, 2), (7, 2), (14, 3), (28, 5), (364, 53), (700, 100), (10 * 365, 100)], ids=str
)
def test_factor_widens_with_the_gap_between_readings(
    observations: Rows, entries: Catalog, days: int, most: float
) -> None:
    """The weekly source may double its totals in a week; what a home that was off finds later may be that much more."""
    entry = entries.source["crates"]
    assert entry.cadence == "weekly"
    plain = {"source": "crates", "indicator": "crates_downloads", "technology": "rust", "frequency": "D"}
    before = observations(**plain, value=1e6, period_start="2025-01-01")
    later = pd.Timestamp("2025-01-01") + pd.Timedelta(days=days)
    for sign in (1, -1):
        healthy = observations(**plain, value=1e6 * (0.99 * most) ** sign, period_start=later)
        comparison.compare(healthy, before[:0], before, entry, [])
        wild = observations(**plain, value=1e6 * (1.01 * most) ** sign, period_start=later)
        with pytest.raises(ComparisonError, match=f"where at most {most} is expected"):
            comparison.compare(wild, before[:0], before, entry, [])


def test_refusal_names_the_remedy(series: Rows, pypl: Source) -> None:
    remedy = "If the figures are right, `stacktide refresh pypl --accept` takes them."
    few, jumped = series(months=30), series({12: 95.0}, months=13)
    with pytest.raises(ComparisonError, match=re.escape(f"wait for a whole one. {remedy}")):
        _compare(few, series(months=40), pypl)
    with pytest.raises(ComparisonError, match=re.escape(f"has the unit changed? {remedy}")):
        _compare(jumped, series(), pypl)


def test_every_objection_is_told(series: Rows, pypl: Source) -> None:
    found = list(comparison.objections(series({4: 1.0}, months=10), series(), schema.empty(), pypl, []))
    assert len(found) == 3
    assert "10 rows where" in found[0]
    assert "the newest period is 2025-10-01" in found[1]
    assert "was 20.4 and is now 1 percent" in found[2]
    assert list(comparison.objections(series(), series(), schema.empty(), pypl, [])) == []


def test_unfinished_period_is_not_judged(series: Rows, pypl: Source) -> None:
    """A month of one day grows by a factor of 30 until it is over."""
    begun, over = series({11: 1.0}).astype({"status": "str"}), series({11: 30.0})
    begun.loc[11, "status"] = "partial"
    comparison.compare(begun, series(months=11), begun[:0], pypl, [])
    comparison.compare(over, begun, begun[:0], pypl, [])
    begun.loc[11, "status"] = "final"
    with pytest.raises(CheckError, match="a change by a factor"):
        comparison.compare(begun, series(months=11), begun[:0], pypl, [])
    with pytest.raises(CheckError, match="a revision by a factor"):
        comparison.compare(over, begun, begun[:0], pypl, [])


def test_no_jump_across_a_severing_break(series: Rows, pypl: Source) -> None:
    new, old = series({12: 95.0}, months=13), series()
    _compare(new, old, pypl, _break("2026-01-01"))
    _compare(new, old, pypl, _break("2025-12-15", indicators=["pypl_languages"]))
    for other in (
        _break("2026-01-01", effect="disturbs"),
        _break("2026-01-01", indicators=["pypl_ides"]),
        _break("2025-12-01"),
        _break("2026-01-02"),
    ):
        with pytest.raises(CheckError, match="for 2026-01-01"):
            _compare(new, old, pypl, other)


def test_part_of_one_period_is_judged_by_its_neighbours(observations: Rows, entries: Catalog) -> None:
    """A snapshot is one month: its last good state is empty, so the month before must come from the other rows."""
    entry = entries.source["top_pypi"]
    plain = {"source": "top_pypi", "indicator": "pypi_downloads", "technology": "django"}
    before = observations(**plain, value=30e6, period_start="2026-01-01")
    comparison.compare(observations(**plain, value=33e6, period_start="2026-02-01"), schema.empty(), before, entry, [])
    with pytest.raises(CheckError, match=r"for 2026-02-01 was 3e\+07 in the period before and is 3e\+10 downloads"):
        comparison.compare(
            observations(**plain, value=30e9, period_start="2026-02-01"), schema.empty(), before, entry, []
        )


def test_too_few_rows_of_the_whole_source(series: Rows, pypl: Source) -> None:
    checks.check_whole(series(months=250, first="2004-01-01"), pypl)
    with pytest.raises(CheckError, match="249 rows, where a healthy run yields at least 250"):
        checks.check_whole(series(months=249, first="2004-01-01"), pypl)
    many = series(months=1000, first="1930-01-01")
    comparison.compare_whole(many[50:], many, pypl)
    with pytest.raises(ComparisonError, match=r"949 rows in place of 1,000 of the last good state; too few\. If the"):
        comparison.compare_whole(many[51:], many, pypl)


def test_parts_that_overlap(series: Rows, pypl: Source) -> None:
    checks.overlap_free([series(), series(first="2026-01-01")], pypl)
    with pytest.raises(CheckError, match="two parts both yield pypl_languages of `python` in WLD for 2025-12-01"):
        checks.overlap_free([series(), series(first="2025-12-01")], pypl)
