"""From published names to observations: names, wholes, duplicates, unfinished periods, provenance."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
import pytest

from etl import schema
from etl.catalog import Catalog, Source
from etl.conform import Conformed, conform
from etl.errors import CheckError, ParseError
from etl.http import Payload

Q1 = date(2025, 1, 1)
PULLS, QUESTIONS = "languish_pull_requests", "languish_questions"


def _draft(*rows: tuple[str | None, float], **columns: Any) -> pd.DataFrame:
    names, values = zip(*rows, strict=True)
    plain = {"indicator": PULLS, "period_start": Q1, "frequency": "Q"}
    return pd.DataFrame({"name": names, "value": values, **plain, **columns})


@pytest.fixture(scope="module")
def languish(entries: Catalog) -> Source:
    return entries.source["languish"]


@pytest.fixture
def conformed(entries: Catalog, languish: Source, payload: Callable[..., Payload]) -> Callable[..., Conformed]:
    def run(draft: pd.DataFrame, published: date = date(2025, 7, 9), **changes: Any) -> Conformed:
        entry = languish
        if changes:
            indicators = [i.model_copy(update=changes) if i.id == PULLS else i for i in entry.indicators]
            entry = entry.model_copy(update={"indicators": indicators})
        return conform(draft, payload("x", published=published), entry, entries)

    return run


def _values(found: Conformed) -> dict[str, float]:
    return dict(zip(found.rows["technology"].astype(str), found.rows["value"], strict=True))


def test_sum_max_and_none(conformed: Callable[..., Conformed]) -> None:
    draft = _draft(("Delphi", 5), ("Pascal", 7), ("Python", 3))
    assert _values(conformed(draft)) == {"all": 15, "delphi": 12, "python": 3}
    assert _values(conformed(draft, combine="max")) == {"all": 15, "delphi": 7, "python": 3}
    with pytest.raises(CheckError, match="languish: Delphi, Pascal are one technology, but may not be added"):
        conformed(draft, combine=None)
    assert _values(conformed(_draft(("Delphi", 5), ("Python", 3)), combine=None)) == {
        "all": 8,
        "delphi": 5,
        "python": 3,
    }


def test_names_combine_within_a_cell_only(conformed: Callable[..., Conformed]) -> None:
    draft = _draft(("Delphi", 5), ("Pascal", 7), period_start=[Q1, date(2025, 4, 1)])
    rows = conformed(draft).rows
    assert list(rows[rows["technology"] == "delphi"]["value"]) == [5, 7]


def test_letter_case_and_blanks_do_not_matter(conformed: Callable[..., Conformed]) -> None:
    assert _values(conformed(_draft((" PYTHON ", 3), ("rust", 1)))) == {"all": 4, "python": 3, "rust": 1}


def test_whole_holds_what_nobody_follows(conformed: Callable[..., Conformed]) -> None:
    found = conformed(_draft(("Python", 60), ("KiCad Layout", 30), ("No Such Name", 10)))
    assert _values(found) == {"all": 100, "python": 60}
    unknown = found.unknown.set_index("name")
    assert list(unknown.index) == ["KiCad Layout", "No Such Name"]
    assert list(unknown["value_share"]) == [30, 10]
    assert list(unknown["rows"]) == [1, 1]
    assert set(unknown["indicator"]) == {PULLS}


def test_no_whole_without_listed(conformed: Callable[..., Conformed]) -> None:
    assert _values(conformed(_draft(("Python", 60), ("KiCad Layout", 30)), whole=None)) == {"python": 60}


def test_missing_name_is_the_whole(conformed: Callable[..., Conformed]) -> None:
    found = conformed(_draft((None, 100), ("Python", 60)), whole=None)
    assert _values(found) == {"all": 100, "python": 60}
    assert found.unknown.empty


def test_ignored_names_are_not_unknown(
    conformed: Callable[..., Conformed], languish: Source, entries: Catalog, payload: Callable[..., Payload]
) -> None:
    entry = languish.model_copy(update={"ignored": {"kicad layout": "a file format"}})
    found = conform(_draft(("Python", 1), ("KiCad Layout", 3), ("No Such Name", 4)), payload("x"), entry, entries)
    assert list(found.unknown["name"]) == ["No Such Name"]
    assert _values(found) == {"all": 8, "python": 1}


def test_only_unknown_names(conformed: Callable[..., Conformed]) -> None:
    found = conformed(_draft(("No Such Name", 4)), whole=None)
    assert found.rows.empty
    assert list(found.rows.columns) == list(schema.COLUMNS)
    assert list(found.unknown["value_share"]) == [100]


@pytest.mark.parametrize(
    ("published", "status"),
    [
        (date(2025, 3, 31), "partial"),
        (date(2025, 4, 1), "final"),
        (date(2025, 7, 9), "final"),
        (date(2024, 12, 31), "partial"),
    ],
)
def test_period_that_was_not_over(conformed: Callable[..., Conformed], published: date, status: str) -> None:
    rows = conformed(_draft(("Python", 1)), published=published).rows
    assert len(rows) == 2
    assert set(rows["status"]) == {status}


def test_published_status_stays_but_estimates_of_unfinished_periods_are_partial(
    conformed: Callable[..., Conformed],
) -> None:
    draft = _draft(
        ("Python", 1),
        ("Rust", 2),
        ("Ruby", 3),
        status=["estimated", "provisional", None],
        period_start=date(2025, 4, 1),
    )
    rows = conformed(draft, whole=None).rows
    assert dict(zip(rows["technology"], rows["status"], strict=True)) == {
        "python": "estimated",
        "rust": "provisional",
        "ruby": "final",
    }
    rows = conformed(draft, published=date(2025, 6, 1), whole=None).rows
    assert dict(zip(rows["technology"], rows["status"], strict=True)) == {
        "python": "partial",
        "rust": "provisional",
        "ruby": "partial",
    }


def test_identical_duplicates_are_dropped(conformed: Callable[..., Conformed]) -> None:
    assert _values(conformed(_draft(("Python", 3), ("Python", 3), ("Rust", 1)))) == {"all": 4, "python": 3, "rust": 1}


@pytest.mark.parametrize("second", ["Python", " Python"])
def test_contradictory_duplicates_are_refused(conformed: Callable[..., Conformed], second: str) -> None:
    with pytest.raises(ParseError, match="languish part: `Python` stands twice in WLD for 2025-01-01 with different"):
        conformed(_draft(("Python", 3), (second, 4)))


def test_stray_columns_are_a_bug_of_the_module(conformed: Callable[..., Conformed]) -> None:
    with pytest.raises(ParseError, match=r"columns \['colour'\] too many or too few; mend `parse`"):
        conformed(_draft(("Python", 3), colour="red"))
    with pytest.raises(ParseError, match=r"columns \['frequency'\] too many or too few"):
        conformed(_draft(("Python", 3)).drop(columns="frequency"))


def test_provenance_types_and_order(conformed: Callable[..., Conformed], payload: Callable[..., Payload]) -> None:
    draft = _draft(("Rust", 1), ("Python", 2), ("Python", 3), period_start=[Q1, date(2025, 4, 1), Q1])
    rows = conformed(draft, whole=None).rows
    assert [(t, f"{d:%Y-%m}") for t, d in zip(rows["technology"], rows["period_start"], strict=True)] == [
        ("python", "2025-01"),
        ("python", "2025-04"),
        ("rust", "2025-01"),
    ]
    assert rows.dtypes.equals(schema.empty().astype(rows.dtypes[list(schema.CATEGORIES)].to_dict()).dtypes)
    assert set(rows["vintage"]) == {pd.Timestamp("2025-07-09")}
    assert set(rows["payload"]) == {payload("x").sha256}
    assert set(rows["source"]) == {"languish"}
    assert set(rows["region"]) == {"WLD"}
    assert set(rows["segment"]) == {"all"}
    assert rows["sample_size"].isna().all()


def test_sample_size_survives(conformed: Callable[..., Conformed]) -> None:
    rows = conformed(_draft(("Delphi", 5), ("Pascal", 7), ("Rust", 1), sample_size=[30, 40, 50]), whole=None).rows
    assert dict(zip(rows["technology"], rows["sample_size"], strict=True)) == {"delphi": 40, "rust": 50}


def test_several_indicators_in_one_payload(conformed: Callable[..., Conformed]) -> None:
    draft = _draft(("Python", 3), ("Python", 4), ("Rust", 6), indicator=[PULLS, QUESTIONS, QUESTIONS])
    rows = conformed(draft).rows
    wholes = rows[rows["technology"] == "all"]
    assert dict(zip(wholes["indicator"], wholes["value"], strict=True)) == {PULLS: 3, QUESTIONS: 10}


def test_unknown_indicator_is_a_bug(conformed: Callable[..., Conformed]) -> None:
    with pytest.raises(KeyError):
        conformed(_draft(("Python", 3), indicator="nothing"))
