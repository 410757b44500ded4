"""A selection and its URL say the same."""

from datetime import date
from typing import get_args
from urllib.parse import parse_qsl

from hypothesis import given
from hypothesis import strategies as st

from dashboard import selection
from dashboard.selection import Selection
from dashboard.selection.url import ChartView, Preset, Releases, Scale, Tab, Value, decides_value, default_value
from etl.catalog import Catalog, Kind

DAYS = st.dates(date(1, 1, 1), date(9999, 12, 31))


@st.composite
def selections(draw: st.DrawFn, catalog: Catalog) -> Selection:
    start, end = draw(st.none() | DAYS), draw(st.none() | DAYS)
    if start and end and start > end:
        start, end = end, start
    names = st.lists(st.sampled_from(list(catalog.technology)), max_size=selection.MOST_TECHNOLOGIES, unique=True)
    return Selection(
        use_case=draw(st.none() | st.sampled_from(list(catalog.use_case))),
        kind=draw(st.none() | st.sampled_from(get_args(Kind))),
        technology=tuple(draw(names)),
        indicator=draw(st.none() | st.sampled_from(list(catalog.indicator))),
        region=draw(st.sampled_from(["WLD", "EU", "NA", "DE"])),
        segment=draw(st.sampled_from(["all", "women", "18-24"])),
        start=start,
        end=end,
        view=draw(st.sampled_from(get_args(ChartView))),
        value=draw(st.none() | st.sampled_from(get_args(Value))),
        base=draw(st.none() | DAYS),
        scale=draw(st.sampled_from(get_args(Scale))),
        smooth=draw(st.sampled_from([0, 2, 3, 4, 6, 12, 36])),
        releases=draw(st.sampled_from(get_args(Releases))),
        tab=draw(st.sampled_from(get_args(Tab))),
        as_of=draw(st.none() | DAYS),
        preset=draw(st.none() | st.sampled_from(get_args(Preset))),
    )


def normal(found: Selection, catalog: Catalog) -> Selection:
    """What a URL cannot and need not tell: the default value, one that the view decides, a base without an index, a
    preset.
    """
    indicator = catalog.indicator.get(found.indicator or "")
    plain = decides_value(found.view) or (indicator is not None and found.value == default_value(indicator))
    return Selection(
        **{
            **found.__dict__,
            "value": None if plain else found.value,
            "base": found.base if found.value == "index" and not plain else None,
            "preset": None,
        }
    )


@given(st.data())
def test_round_trip(entries: Catalog, data: st.DataObject) -> None:
    asked = data.draw(selections(entries))
    query = selection.to_query(asked, entries)
    assert selection.parse(query, entries) == normal(asked, entries)
    assert selection.to_query(selection.parse(query, entries), entries) == query


@given(st.data())
def test_the_order_of_parameters_does_not_matter(entries: Catalog, data: st.DataObject) -> None:
    query = selection.to_query(data.draw(selections(entries)), entries)
    shuffled = data.draw(st.permutations(parse_qsl(query)))
    assert selection.to_query(selection.parse(dict(shuffled), entries), entries) == query


NAMES = st.sampled_from(
    [
        "use_case",
        "kind",
        "technology",
        "indicator",
        "region",
        "segment",
        "from",
        "to",
        "value",
        "base",
        "scale",
        "smooth",
        "as_of",
    ]
)


@given(st.dictionaries(NAMES, st.text(max_size=80)))
def test_whatever_is_sent_is_read_or_refused_in_a_sentence(entries: Catalog, sent: dict[str, str]) -> None:
    found, problems = selection.read(sent, entries)
    assert all(0 < len(problem) < 1500 for problem in problems)
    again, none = selection.read(selection.to_query(found, entries), entries)
    assert none == []
    assert selection.to_query(again, entries) == selection.to_query(found, entries)


@given(st.text(max_size=300))
def test_any_query_string_is_read(entries: Catalog, sent: str) -> None:
    selection.read(sent, entries)
