"""The filter of command line, API and scheduled exports: read strictly, told in one sentence."""

from dataclasses import fields
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.selection import Filter, WrongParameter, filter_query, read_filter
from etl.catalog import Catalog


def test_lists_and_repetitions_are_the_same(small: Catalog) -> None:
    asked = {"technology": ["python,Go", "django"], "region": ["wld", "na"], "from": ["2024-01-01"], "tab": ["table"]}
    found = read_filter(asked, small)
    assert found == Filter(technology=("python", "go", "django"), region=("WLD", "NA"), start=date(2024, 1, 1))
    assert read_filter("technology=python,Go&technology=django&region=wld,na&from=2024-01-01", small) == found
    assert filter_query(found) == "technology=python,go,django&region=WLD,NA&from=2024-01-01"


@pytest.mark.parametrize(
    ("query", "field", "told"),
    [
        ("indicator=star", "indicator", "did you mean `stars`?"),
        ("technology=pyton", "technology", "did you mean `python`?"),
        ("use_case=wev", "use_case", "did you mean `web`?"),
        ("kind=tools", "kind", "did you mean `tool`?"),
        ("source=grap", "source", "did you mean `graph`?"),
        ("region=Germany", "region", "two letters such as DE"),
        ("segment=%27;drop", "segment", "the id of a segment"),
        ("from=2026-02-30", "from", "no date: write it as 2024-01-31"),
        ("from=20260101", "from", "no date"),
        ("from=0001-01-01", "from", "between 1900-01-01 and 2199-12-31"),
        ("to=9999-12-31", "to", "between 1900-01-01 and 2199-12-31"),
        ("from=2024-01-02&to=2024-01-01", "from", "swap them"),
        ("as_of=2024-01-01&as_of=2024-01-02", "as_of", "give it once"),
        ("version=-1", "version", "a whole number"),
        ("version=%D9%A1", "version", "a whole number"),
        ("indicater=stars", "indicater", "did you mean `indicator`?"),
        ("technology=py%00thon", "technology", "There is no technology `py\N{REPLACEMENT CHARACTER}thon`"),
        ("technology=" + "x" * 5000, "technology", "…"),
        ("technology=" + ",".join(f"t{n}" for n in range(10_000)), "technology", "10,000 values: at most 1,000"),
    ],
)
def test_what_is_wrong_is_told(small: Catalog, query: str, field: str, told: str) -> None:
    with pytest.raises(WrongParameter) as caught:
        read_filter(query, small)
    assert caught.value.field == field
    assert told in str(caught.value)
    assert len(str(caught.value)) < 400


def test_use_case_and_kind_drop_the_wholes(small: Catalog) -> None:
    def technologies(query: str) -> Any:
        return read_filter(query, small).technologies(small)

    assert technologies("") is None
    assert technologies("technology=all") == ("all",)
    assert technologies("use_case=web,office&kind=tool") == ("excel", "ghost")
    assert technologies("technology=Excel&use_case=web") == ()


@given(st.data())
def test_the_query_of_a_filter_is_read_back(small: Catalog, data: st.DataObject) -> None:
    days = st.none() | st.dates(date(1900, 1, 1), date(2199, 12, 31))
    known = {
        "indicator": list(small.indicator),
        "technology": [*small.technology, "all"],
        "use_case": list(small.use_case),
        "kind": ["language", "tool"],
        "source": list(small.source),
        "region": ["WLD", "EU", "NA", "DE"],
        "segment": ["all", "a-b", "x.y+z"],
        "status": ["final", "partial"],
    }
    found = {n: tuple(data.draw(st.lists(st.sampled_from(ids), unique=True, max_size=3))) for n, ids in known.items()}
    start, end = sorted([data.draw(days), data.draw(days)], key=str)
    version = data.draw(st.none() | st.integers(0, 10**9))
    chosen = Filter(**found, start=start, end=end if end != "None" else None, as_of=data.draw(days), version=version)
    assert {field.name for field in fields(chosen)} == {*known, "start", "end", "as_of", "version"}
    assert read_filter(filter_query(chosen), small) == chosen
