"""Examples of the methods that set several indicators beside each other, and of what the catalogue tells."""

from collections.abc import Callable
from typing import Final

import pandas as pd

from dashboard.analysis.basis import ORDER, of_languages
from dashboard.analysis.carriers import carriers
from dashboard.analysis.conflict import conflict, independent
from dashboard.analysis.rungs import language_table
from dashboard.analysis.share import within as share_within
from dashboard.data import Snapshot
from dashboard.views import method_readings as reading
from dashboard.views import readings
from dashboard.views.method_example import Example
from dashboard.views.words import period, significant

_PAIRS: Final = 3


def within(snapshot: Snapshot) -> Example | None:
    """The largest technologies of a use case in one indicator."""
    got = reading.use_case(snapshot)
    if got is None:
        return None
    case, indicator, groups = got
    now = readings.read(snapshot, indicator).now
    members = [t for each in groups.values() for t in each]
    title = snapshot.catalog.use_case[case].title
    found = share_within(now.values, members, now.indicator, title)
    when = now.newest(members)
    if found is None or when is None:
        return None
    values = now.latest(members).sort_values(ascending=False)
    rows = tuple(
        (snapshot.catalog.technology[str(t)].name, value, found.values.at[when, t])
        for t, value in values.head(3).items()
    )
    rows += ((f"All {len(values)} together", values.sum(), 100.0),)
    columns = (("Technology", None), (now.indicator.unit.capitalize(), 15), ("Share within, %", 4))
    of = f"{title}: {now.indicator.title}, {period(when, now.indicator.frequency)}"
    return Example(of, columns, rows, ((title, f"/use-case/{case}"),))


def agreement(snapshot: Snapshot) -> Example | None:
    """How alike indicators of different origin order the languages."""
    catalog = snapshot.catalog
    languages = [t.id for t in catalog.technologies if t.kind == "language"]
    chosen = of_languages(snapshot.summary, catalog, languages)
    pairs = conflict([readings.read(snapshot, i).now for i in chosen], languages).pairs
    told = independent(pairs).iloc[::-1]
    if told.empty:
        return None
    some = told if len(told) <= _PAIRS else told.iloc[[0, len(told) // 2, -1]]
    rows = tuple(
        (catalog.indicator[r["first"]].title, catalog.indicator[r["second"]].title, r["n"], r["tau"])
        for r in some.to_dict("records")
    )
    columns = (("Indicator", None), ("against", None), ("Languages", 15), ("Kendall's τ", 2))
    of = f"Languages, the newest period of each; the most and the least alike of {len(told)} pairs of different origin"
    return Example(of, columns, rows, (("Compare", "/compare"),))


def weighed(snapshot: Snapshot) -> Example | None:
    """The indicators that could speak of a use case, heaviest first."""
    got = reading.use_case(snapshot)
    if got is None:
        return None
    case, _, groups = got
    members = [t for each in groups.values() for t in each]
    table = carriers(snapshot.summary, snapshot.catalog, members).sort_values("weight", ascending=False)
    table = table[table["construct"].isin(ORDER)]
    rows = tuple(
        (snapshot.catalog.indicator[r["indicator"]].title, r["construct"], f"{r['carried']} of {r['of']}", r["weight"])
        for r in table.drop_duplicates("construct").head(4).to_dict("records")
    )
    title = snapshot.catalog.use_case[case].title
    columns = (("Indicator", None), ("Construct", None), ("Carries", None), ("Weight", 2))
    return Example(f"{title}: the heaviest of each construct", columns, rows, ((title, f"/use-case/{case}"),))


def climbed(snapshot: Snapshot) -> Example | None:
    """Step 1 of a ladder: languages by one indicator."""
    got = reading.use_case(snapshot)
    if got is None:
        return None
    case, indicator, groups = got
    both = readings.read(snapshot, indicator)
    table = language_table(both.now, both.figures, groups, snapshot.catalog).head(3)
    names = snapshot.catalog.technology
    rows = tuple(
        (names[r["language"]].name, names[r["largest"]].name, r["share"], _between(r["low"], r["high"]))
        for r in table.to_dict("records")
    )
    title = snapshot.catalog.use_case[case].title
    columns = (("Language", None), ("Most through", None), ("Share, %", 3), ("Bounds, %", None))
    when = both.now.newest([t for each in groups.values() for t in each])
    told = f", {period(when, both.now.indicator.frequency)}" if when is not None else ""
    links = ((f"The whole ladder of {title}", f"/use-case/{case}"),)
    of = f"{title}, step 1: {both.now.indicator.title}{told}"
    return Example(of, columns, rows, links, "Bounds: one person may have pushed to several frameworks of a language.")


def _between(low: float, high: float) -> str:
    return f"{significant(low, 3)} to {significant(high, 3)}"


def broken(snapshot: Snapshot) -> Example | None:
    """The newest severing breaks of sources that have figures."""
    catalog = snapshot.catalog
    held = {catalog.source_of[i].id for i in snapshot.indicators()}
    found = [(b, catalog.source[s]) for s in sorted(held) for b in catalog.breaks(s)]
    severing = sorted((pair for pair in found if pair[0].effect == "severs"), key=lambda pair: pair[0].date)
    if not severing:
        return None
    rows = tuple((b.date.isoformat(), source.title, b.what) for b, source in severing[:-4:-1])
    disturbing = len(found) - len(severing)
    said = f"Of the sources with figures here {len(severing)} breaks sever and {disturbing} disturb."
    return Example("The newest that sever", (("Date", None), ("Source", None), ("What", None)), rows, (), said)


def missing(snapshot: Snapshot) -> Example | None:
    """How many technologies have figures at all, by kind."""
    held = set(snapshot.summary["technology"])
    kinds = pd.DataFrame([(t.kind, t.id in held) for t in snapshot.catalog.technologies], columns=["kind", "held"])
    counts = kinds.groupby("kind", sort=False)["held"].agg(["size", "sum"])
    rows = tuple((str(kind).capitalize(), int(r["size"]), int(r["sum"])) for kind, r in counts.iterrows())
    columns = (("Kind", None), ("We follow", 15), ("With figures", 15))
    return Example("Technologies in this store", columns, rows, (("All technologies", "/technology"),))


EVIDENCE: Final[dict[str, Callable[[Snapshot], Example | None]]] = {
    "within": within,
    "tau": agreement,
    "carriers": weighed,
    "ladder": climbed,
    "breaks": broken,
    "unfinished": missing,
}
"""Method -> its example."""
