"""The use-case ladder: use case -> share of languages, through their frameworks -> frameworks within each language.

Each step is a list of evidence, one indicator each, never blended into one number, in the order of `basis.ORDER`:
people first. A language stands for a use case only through the frameworks and libraries that the catalogue counts to
both; what a language is used for besides shows only in `at_large`, which says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from dashboard.analysis.basis import of_frameworks, of_languages
from dashboard.analysis.evidence import Evidence, Reading, evidence, reading
from dashboard.analysis.figures import Read, figures
from dashboard.analysis.rungs import language_table, registry_table, source_table, technology_table
from dashboard.analysis.share import overlaps
from etl.catalog import Catalog, Indicator, Kind, Technology
from etl.schema import WORLD

KINDS: Final[tuple[Kind, ...]] = ("framework", "library")

_TOGETHER: Final = ("javascript", "typescript")


@dataclass(frozen=True)
class Rung:
    """The comparables of one language: technologies of one kind and use case. `silent`: indicator, why."""

    language: str
    kind: Kind
    comparables: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    silent: pd.DataFrame


@dataclass(frozen=True)
class Ladder:
    """Step 1 is `languages`, step 2 `frameworks`; `at_large` are the use case's languages, with all their uses.

    `order` holds the languages as the first evidence that compares them ranks them, then those that none ranks.
    `silent` (indicator, why) are indicators that carry some of the technologies and cannot speak at step 1;
    `left_out` (technology, why) are those of the use case that appear nowhere on the ladder.
    """

    use_case: str
    region: str
    order: tuple[str, ...]
    languages: tuple[Evidence, ...]
    frameworks: tuple[Rung, ...]
    at_large: tuple[Evidence, ...]
    silent: pd.DataFrame
    left_out: pd.DataFrame
    remarks: tuple[str, ...]


def home_language(technology: Technology, catalog: Catalog) -> str | None:
    """The language that a technology belongs to: up its `home`s, else the one that its facts name; None for neither."""
    seen: set[str] = set()
    at: str | None = technology.id
    while at is not None and at not in seen:
        if catalog.technology[at].kind == "language":
            return at
        seen.add(at)
        at = catalog.technology[at].home
    facts = catalog.facts_of.get(technology.id)
    return facts.language if facts is not None else None


def by_language(technologies: Sequence[Technology], catalog: Catalog) -> dict[str, list[str]]:
    """Language -> its frameworks and libraries among `technologies`; those without a language are left out."""
    groups: dict[str, list[str]] = {}
    for t in technologies:
        language = home_language(t, catalog) if t.kind in KINDS else None
        if language is not None:
            groups.setdefault(language, []).append(t.id)
    return groups


def compares_languages(table: pd.DataFrame, groups: Mapping[str, Sequence[str]]) -> str | None:
    """Why a table of `language_shares` cannot compare languages; None where it can."""
    if len(table) < 2:
        return "carries technologies of one language alone" if len(table) else "has no figure of them now"
    if 2 * len(table) < len(groups):
        return f"carries technologies of {len(table)} of {len(groups)} languages: too few to share among them"
    return None


def ladder(read: Read, catalog: Catalog, summary: pd.DataFrame, use_case: str, region: str = WORLD) -> Ladder:
    """The ladder of one use case in one region, from the newest figures.

    `read` gives the observations of an indicator in that region, `summary` what there is (see `carriers`).
    Raises KeyError for a use case that the catalogue does not have.
    """
    title = catalog.use_case[use_case].title
    ours = [t for t in catalog.technologies if use_case in t.use_cases]
    groups = by_language(ours, catalog)
    members = [t for found in groups.values() for t in found]
    chosen = [reading(figures(read, catalog, i, region)) for i in of_frameworks(summary, catalog, members, region)]
    steps = {r.figures.indicator.id: _step(r, groups, catalog, title) for r in chosen}
    languages = tuple(found for found in steps.values() if isinstance(found, Evidence))
    order = _order(languages, groups)
    tagged = [t.id for t in ours if t.kind == "language"]
    large = [reading(figures(read, catalog, i, region)) for i in of_languages(summary, catalog, tagged, region)]
    return Ladder(
        use_case=use_case,
        region=region,
        order=order,
        languages=languages,
        frameworks=tuple(_rungs(chosen, order, groups, catalog, title)),
        at_large=tuple(_at_large(r, tagged) for r in large),
        silent=pd.DataFrame([(i, w) for i, w in steps.items() if isinstance(w, str)], columns=["indicator", "why"]),
        left_out=_left_out(ours, members, chosen),
        remarks=_remarks(groups, languages, title),
    )


def _step(r: Reading, groups: Mapping[str, Sequence[str]], catalog: Catalog, title: str) -> Evidence | str:
    """The evidence of one indicator on languages, or the reason why it has none."""
    members = [t for found in groups.values() for t in found]
    f = r.figures
    if f.indicator.construct == "installs":
        table = registry_table(f, groups)
        of = f.indicator.unit if f.indicator.is_share else f.indicator.whole_title
        means = f"{of}: how much of this registry goes to {title}, which tells nothing of another registry's users"
        return evidence(r, table, members, means) if len(table) else "its registry gives no whole to take shares of"
    table = language_table(r.now, f, groups, catalog)
    silent = compares_languages(table, groups)
    if silent is not None:
        return silent
    means = f"percent of the {_counted(f.indicator)} counted for the frameworks and libraries of {title}"
    if overlaps(f.indicator):
        means += "; who counts for two of them is counted twice, and the bounds say what that can change"
    return evidence(r, table, members, means)


def _at_large(r: Reading, languages: Sequence[str]) -> Evidence:
    f = r.figures
    of = f.indicator.unit if f.indicator.is_share else f.indicator.whole_title or f.indicator.unit
    means = f"{of}: all that the language is used for, not this use case alone"
    return evidence(r, source_table(r.now, f, languages), languages, means)


def _rungs(
    chosen: Sequence[Reading], order: Sequence[str], groups: Mapping[str, Sequence[str]], catalog: Catalog, title: str
) -> list[Rung]:
    rungs = []
    for language in order:
        for kind in KINDS:
            comparables = [t for t in groups[language] if catalog.technology[t].kind == kind]
            if comparables:
                where = f"{catalog.technology[language].name}, {kind}, {title}"
                rungs.append(_rung(chosen, language, kind, comparables, catalog, where))
    return rungs


def _rung(
    chosen: Sequence[Reading], language: str, kind: Kind, comparables: Sequence[str], catalog: Catalog, where: str
) -> Rung:
    found, silent = [], []
    for r in chosen:
        f = r.figures
        count = len(r.now.latest(comparables))
        if count < min(2, len(comparables)):
            why = "carries one of them alone: nothing to compare" if count else "carries none of them"
            silent.append((f.indicator.id, why))
        elif count:
            means = f"percent of the {_counted(f.indicator)} counted for what is compared: {where}"
            found.append(evidence(r, technology_table(r.now, f, comparables, catalog), comparables, means))
    table = pd.DataFrame(silent, columns=["indicator", "why"])
    return Rung(language, kind, tuple(comparables), tuple(found), table)


def _counted(indicator: Indicator) -> str:
    return indicator.unit.removeprefix("percent of ").removeprefix("the ")


def _order(languages: Sequence[Evidence], groups: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    ranked = [language for e in languages if "place" in e.table for language in e.table["language"]]
    return tuple(dict.fromkeys([*ranked, *groups]))


def _left_out(ours: Sequence[Technology], members: Sequence[str], chosen: Sequence[Reading]) -> pd.DataFrame:
    rows = []
    for t in ours:
        if t.kind == "language":
            continue
        if t.kind not in KINDS:
            rows.append((t.id, f"a {t.kind}: the ladder goes through frameworks and libraries"))
        elif t.id not in members:
            rows.append((t.id, "the catalogue knows no language that it belongs to"))
        elif not any(t.id in r.figures.values.columns for r in chosen):
            rows.append((t.id, t.reason or "no indicator that the ladder stands on has a figure of it"))
    return pd.DataFrame(rows, columns=["technology", "why"])


def _remarks(groups: Mapping[str, Sequence[str]], languages: Sequence[Evidence], title: str) -> tuple[str, ...]:
    said = []
    if all(language in groups for language in _TOGETHER):
        said.append("Frameworks of JavaScript are used from TypeScript, too: read the two languages together.")
    if not any("place" in e.table for e in languages):
        said.append(
            f"No indicator compares languages through the frameworks and libraries of {title}: where the catalogue "
            "names languages of the use case, they stand below with all their uses."
        )
    return tuple(said)
