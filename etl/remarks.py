"""What an author should look at in a catalogue that is valid: orphans, dead use cases, names that nobody reads."""

from collections import Counter
from collections.abc import Iterable

from etl.catalog import Catalog


def remarks(catalog: Catalog) -> list[str]:
    """Remarks that do not make the catalogue wrong, but that an author should look at; one sentence each."""
    return [*_dead_use_cases(catalog), *_orphans(catalog), *_unused_names(catalog), *_doubtful_aliases(catalog)]


def _dead_use_cases(catalog: Catalog) -> Iterable[str]:
    holders = Counter(use_case for t in catalog.technologies for use_case in t.use_cases)
    for use_case in catalog.use_case:
        if not holders[use_case]:
            yield f"No technology has the use case `{use_case}`: add one, or remove it."
        elif holders[use_case] == 1:
            yield f"Only one technology has the use case `{use_case}`: add what it competes with, or remove it."


def _orphans(catalog: Catalog) -> Iterable[str]:
    aliased = {target for s in catalog.sources for target in s.aliases.values()}
    schemes = _used_schemes(catalog)
    for t in catalog.technologies:
        if not t.use_cases:
            yield f"The technology `{t.id}` has no use case: add one, so that a filter can find it."
        if not (set(t.names) & schemes) and t.id not in aliased and t.reason is None:
            yield f"No source can name the technology `{t.id}`, and it says no `reason`: add a name or a reason."


def _used_schemes(catalog: Catalog) -> set[str]:
    return {i.names for s in catalog.sources for i in s.indicators if i.names}


def _unused_names(catalog: Catalog) -> Iterable[str]:
    held = Counter(scheme for t in catalog.technologies for scheme in t.names)
    for scheme in sorted(set(held) - _used_schemes(catalog)):
        have = f"{held[scheme]} technologies have some"
        yield f"No indicator reads the names of the scheme `{scheme}` ({have}): remove them."


def _doubtful_aliases(catalog: Catalog) -> Iterable[str]:
    for s in catalog.sources:
        for name in sorted(set(s.aliases) & set(s.ignored)):
            yield f"{s.id}.yml: `{name}` is both an alias and ignored: keep one."
        schemes = sorted({i.names for i in s.indicators if i.names})
        known = [{name.casefold(): t for t, names in s.followed(x).items() for name in names} for x in schemes]
        for alias, target in s.aliases.items():
            if known and all(names.get(alias.casefold()) == target for names in known):
                yield f"{s.id}.yml: the alias `{alias}` is a {schemes[0]} name of `{target}` already: remove it."
