"""Which month a snapshot of Top PyPI Packages speaks of, and which snapshots are asked for."""

from datetime import date
from typing import Any

import pytest

from etl.catalog import Catalog, Source
from etl.http import Request
from etl.sources import top_pypi


@pytest.fixture(scope="module")
def entry(entries: Catalog) -> Source:
    return entries.source["top_pypi"]


def _with(entry: Source, *snapshots: tuple[str, Any]) -> Source:
    made = [
        {"published": date.fromisoformat(day), "window": window, "file": "f.json", "commit": f"c{number}"}
        for number, (day, window) in enumerate(snapshots)
    ]
    return entry.model_copy(update={"settings": {**entry.settings, "snapshots": made}})


def _asked(entry: Source, since: date | None = None, today: str = "2026-02-10") -> list[Request]:
    return list(top_pypi.requests(entry, since, date.fromisoformat(today)))


@pytest.mark.parametrize(
    ("published", "window", "month"),
    [
        ("2026-03-01", "month", "2026-02"),
        ("2026-03-05", "month", "2026-02"),
        ("2024-03-01", 30, "2024-02"),  # 31 January to 29 February
        ("2018-02-25", 30, "2018-02"),  # 24 days of February, 6 of January
        ("2019-08-09", 30, "2019-07"),  # 8 days of August, 22 of July
        ("2020-01-16", 30, "2020-01"),  # 15 days of each: the later month
        ("2020-01-15", 30, "2019-12"),  # 14 against 16
        ("2025-06-13", 22, "2025-06"),  # 12 against 10
        ("2025-06-12", 22, "2025-06"),  # 11 of each
        ("2025-06-11", 22, "2025-05"),
        ("2026-01-01", 30, "2025-12"),
        ("2026-02-28", "month", "2026-01"),
    ],
)
def test_month_of_a_window(entry: Source, published: str, window: Any, month: str) -> None:
    (request,) = [r for r in _asked(_with(entry, (published, window)), today=published) if not r.optional]
    assert request.part == month
    assert request.scope == {"period_start": date.fromisoformat(f"{month}-01")}
    assert request.published == date.fromisoformat(published)
    assert request.immutable


def test_window_of_a_year_is_left_out(entry: Source) -> None:
    kept = _asked(_with(entry, ("2018-01-31", 365), ("2018-02-25", 30)), today="2018-02-25")
    assert [r.part for r in kept] == ["2018-02"]
    assert kept[0].url.endswith("/c1/f.json")
    assert not any("af1a83ec189b1e62c574f38d6f27f3c4a5c82c21" in r.url for r in _asked(entry))


@pytest.mark.parametrize(
    ("month", "commit"),
    [
        # published 2019-07-19 (18 days of July) and 2019-08-09 (22 days of July)
        ("2019-07", "1f3aa9d05d765d9227b2845a508575c7efb9eac0"),
        # published 2019-11-22 (21 days of November) and 2019-12-06 (25)
        ("2019-11", "a987df4b50d1527571ac454ee078ce305131c204"),
        # published 2024-08-30 (29 days of August) and 2024-09-01 (30)
        ("2024-08", "351cb6cc08231381320bd5eae97bde0127c37ba7"),
        # published 2025-06-13 (12 days of June) and 2025-07-05 (the whole of June)
        ("2025-06", "0a17c3acf643d58bc0e1af6f2f1da240e27428e3"),
    ],
)
def test_of_two_windows_the_one_with_more_days_counts(entry: Source, month: str, commit: str) -> None:
    (request,) = [r for r in _asked(entry) if r.part == month]
    assert commit in request.url


def test_two_windows_in_any_order(entry: Source) -> None:
    both = ("2024-08-30", 30), ("2024-09-01", 30)
    for order, best in ((both, "c1"), (both[::-1], "c0")):
        (request,) = [r for r in _asked(_with(entry, *order), today="2024-09-01") if not r.optional]
        assert f"/{best}/" in request.url


def test_months_of_the_entry(entry: Source) -> None:
    months = [r.part for r in _asked(entry) if not r.optional]
    assert months == sorted(set(months))
    assert (months[0], months[-1]) == ("2018-02", "2026-01")
    assert len(months) == 91  # 96 snapshots less the one of 365 days and four doubles
    every = {f"{year}-{month:02}" for year in range(2018, 2027) for month in range(1, 13)}
    gaps = sorted(m for m in every - set(months) if "2018-02" <= m <= "2026-01")
    assert gaps == ["2019-08", "2019-12", "2024-07", "2024-12", "2025-05"]


def test_later_months_by_tag_up_to_today(entry: Source) -> None:
    def tags(today: str) -> list[tuple[str, str]]:
        return [(r.part, r.url.split("/")[-2]) for r in _asked(entry, today=today) if r.optional]

    assert tags("2026-02-28") == []
    assert tags("2026-03-01") == [("2026-02", "2026.03")]
    assert tags("2027-01-31")[-2:] == [("2026-11", "2026.12"), ("2026-12", "2027.01")]
    assert len(tags("2027-01-31")) == 11
    for request in _asked(entry, today="2026-03-01")[-1:]:
        assert request.url == (
            "https://raw.githubusercontent.com/hugovk/top-pypi-packages/2026.03/top-pypi-packages.min.json"
        )
        assert not request.immutable  # a tag may not be out yet, or be moved
        assert request.published is None


def test_only_months_after_since(entry: Source) -> None:
    assert [r.part for r in _asked(entry, date(2025, 12, 1), "2026-04-02")] == ["2026-01", "2026-02", "2026-03"]
    assert _asked(entry, date(2026, 1, 1)) == []
    assert [r.part for r in _asked(entry, date(2026, 2, 1), "2026-04-02")] == ["2026-03"]
