"""The catalogue of technologies, use cases, sources, indicators and breaks: authored YAML, validated, frozen.

Layout below the catalogue folder: `use_cases.yml`, `breaks.yml`, `technologies/*.yml`, `facts/*.yml` and
`releases/*.yml` (each a list), `sources/<id>.yml` (one mapping per source). An error names file, entry, field and
remedy.
"""

import datetime as dt
import re
import warnings
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, TypeVar

import yaml
from pydantic import Field, PrivateAttr, StringConstraints, ValidationError, model_validator

from etl.entry import Address, Entry, Slug, Snake, Text
from etl.errors import CatalogError, UsageError
from etl.facts import Facts
from etl.releases import Releases
from etl.schema import WHOLE, Frequency

Kind = Literal["language", "framework", "library", "database", "tool", "platform"]
Construct = Literal[
    "learning interest",
    "installs",
    "code activity",
    "people",
    "questions asked",
    "hiring",
    "survey use and sentiment",
    "benchmark speed",
    "health",
]
Names = Annotated[list[Text], Field(min_length=1)]


E = TypeVar("E", bound=Entry)


class UseCase(Entry):
    """A field of application: one row of the filter that the product is about."""

    id: Slug
    title: Text
    definition: Text


class Technology(Entry):
    """What we follow. `names` holds what others call it, by scheme (`pypi`, `topic`, `linguist`, `npm`, ...)."""

    id: Slug
    name: Text
    kind: Kind
    home: Slug | None = None
    use_cases: list[Slug] = []
    because: dict[Slug, Text] = {}
    names: dict[Snake, Names] = {}
    ended: int | None = None
    reason: Text | None = None
    """Why it has no series, where it has none."""

    @model_validator(mode="after")
    def _because_of_its_use_cases(self) -> Self:
        stray = set(self.because) - set(self.use_cases)
        if stray:
            raise ValueError(f"`because` speaks of {_list(stray)}, which is not among its `use_cases`")
        if self.id == WHOLE:
            raise ValueError(f"`{WHOLE}` is reserved for the whole of a source; choose another id")
        return self


class Break(Entry):
    """A dated change of method, drawn on every chart and carried in every export."""

    date: dt.date
    what: Text
    evidence: Text
    """Where it can be verified: an address, or what in the data shows it."""
    effect: Literal["severs", "disturbs"]
    """`severs`: figures before and after are not comparable, lines are cut; `disturbs`: a mark, lines go on."""
    until: dt.date | None = None
    indicators: list[Snake] = []
    """The indicators it concerns; empty: all of the source."""
    regions: list[str] = []
    """The regions it concerns; empty: all."""


class SharedBreak(Break):
    """A break in an origin that several sources derive from."""

    sources: Annotated[list[Snake], Field(min_length=1)]


class Licence(Entry):
    """The terms of the figures. Only sources with `redistribute: true` go into the embedded data."""

    id: Text
    title: Text
    url: Address | None = None
    redistribute: bool


CADENCE_DAYS: Final = {"daily": 1, "weekly": 7, "monthly": 31, "quarterly": 92, "yearly": 366}
"""How many days lie between two publications of a source, at most; one that has `ended` publishes no more."""

# pydantic keeps a deprecated method `construct`, which our field hides on purpose
warnings.filterwarnings("ignore", message='Field name "construct"', category=UserWarning)


class Indicator(Entry):
    """What is measured: its unit, its bounds, what it means and what it does not mean."""

    id: Snake
    title: Text
    construct: Construct  # type: ignore[assignment]
    unit: Text
    frequency: Frequency
    means: Text
    does_not_mean: Text
    bounds: tuple[float, float | None]
    """Inclusive, in the indicator's unit; no upper end: `null`."""
    names: Snake | None = None
    """The scheme of `Technology.names` in which its published names are written; none: figures of the whole only."""
    combine: Literal["sum", "max"] | None = None
    """What one technology gets that appears under several names; none: that is an error."""
    whole: str | None = None
    """What its shares are taken of: `listed` (the sum over all published names) or the id of another indicator."""
    whole_title: Text | None = None
    """The whole in words: "percent of ..."."""
    may_change_by_factor: Annotated[float, Field(gt=1)] = 8
    """A revision, or a newest period against the one before, by more than this factor is refused."""
    sparse: bool = False
    """Whether the source measures now and then, so that periods between two editions are no holes in its line."""
    noise_below: float = 0
    """Values below this are too noisy for the factor test (in the indicator's unit)."""

    @property
    def is_share(self) -> bool:
        """Whether its values are shares already (percent, 0 to 100)."""
        return self.unit.split()[0] == "percent"

    @property
    def is_rank(self) -> bool:
        """Whether its values are places already: 1 is the best."""
        return self.unit.split()[0] == "rank"

    @model_validator(mode="after")
    def _whole_in_words(self) -> Self:
        if (self.whole is None) != (self.whole_title is None):
            raise ValueError("`whole` and `whole_title` come together; give both or neither")
        return self


class Expectations(Entry):
    """What a healthy run yields; a run that does not is refused, and the last good rows stay."""

    min_rows: Annotated[int, Field(gt=0)]
    may_shrink_by_percent: Annotated[float, Field(ge=0, lt=100)]
    newest_within_days: Annotated[int, Field(gt=0)]
    """Older newest figures make the source stale; that is said, not refused."""


class Token(Entry):
    """Where a personal token of the publisher is taken from: only ever the environment."""

    variable: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]
    header: Text
    prefix: str = ""
    required: bool = False
    """Whether nothing is answered without one."""


class Access(Entry):
    """The terms on which an API may be asked."""

    documented: Address
    """The page that states the limits, or the API where its publisher states none."""
    per_second: Annotated[float, Field(gt=0)]
    """Requests per second, at most."""
    per_day: Annotated[int, Field(gt=0)] | None = None
    """Requests in 24 hours, at most; counted across runs."""
    seconds: Annotated[float, Field(gt=0)] = 1800
    """The time budget of one run; what is left over is asked for by the next."""
    headers: dict[str, str] = {}
    """What the publisher wants to be sent (`Accept`)."""
    token: Token | None = None
    pause_field: str | None = None
    """The field of an answer that says how many seconds to wait before the next request."""


class Source(Entry):
    """One published data set of one publisher, and all that we must know to ask for it and to judge it."""

    id: Snake
    title: Text
    publisher: Text
    homepage: Address
    licence: Licence
    attribution: Text
    citation: Text
    caveat: Text
    """The bias card: the one line beside every chart."""
    cadence: Literal["daily", "weekly", "monthly", "quarterly", "yearly", "ended"]
    verified: Literal["recording", "documentation"]
    access: Access | None = None
    """Set for live APIs: their terms. What a mirror does not hold of an API is no failure."""
    parallel: bool = False
    """Whether its payloads are large, so that they are read as Dask tasks and not kept."""
    withheld: Text | None = None
    """Why its figures are not passed on with the package, though the licence would allow it."""
    urls: list[Address] = []
    settings: dict[str, Any] = {}
    """Facts that only its own module reads (lists of countries, months and commits ...)."""
    indicators: Annotated[list[Indicator], Field(min_length=1)]
    segments: dict[str, Text] = {}
    """Titles of segments, where the id does not tell enough."""
    aliases: dict[str, Slug] = {}
    """Published name -> technology, for spellings that no scheme holds."""
    ignored: dict[str, Text] = {}
    """Published name -> why it is no technology that we follow (`a file format`)."""
    breaks: list[Break] = []
    expectations: Expectations
    _followed: dict[str, dict[str, list[str]]] = PrivateAttr(default_factory=dict)

    def follow(self, names: Mapping[str, dict[str, list[str]]]) -> None:
        """Take over the names of all technologies, by scheme and technology id: `load` does so once."""
        self._followed = dict(names)

    def followed(self, scheme: str) -> Mapping[str, list[str]]:
        """Technology id -> its names in `scheme`, in the order of the catalogue: what a request can ask for."""
        return self._followed.get(scheme, {})

    def segment_title(self, segment: str) -> str:
        """The title of a segment: `role-data-engineer` is "Role data engineer" where the entry gives no other."""
        return self.segments.get(segment, segment.replace("-", " ").capitalize())

    @property
    def passed_on(self) -> bool:
        """Whether its figures go into the embedded data."""
        return self.licence.redistribute and self.withheld is None

    def indicator(self, indicator: str) -> Indicator:
        """The indicator with this id; a KeyError is a bug of the caller."""
        return {i.id: i for i in self.indicators}[indicator]


class Catalog(Entry):
    """All entries together, cross-checked: every id that is named exists, and none is claimed twice."""

    technologies: list[Technology]
    use_cases: list[UseCase]
    sources: list[Source]
    shared_breaks: list[SharedBreak]
    facts: list[Facts] = []
    releases: list[Releases] = []

    @cached_property
    def technology(self) -> Mapping[str, Technology]:
        """Technologies by id, in the order of the catalogue."""
        return {t.id: t for t in self.technologies}

    @cached_property
    def use_case(self) -> Mapping[str, UseCase]:
        """Use cases by id, in the order of the catalogue."""
        return {u.id: u for u in self.use_cases}

    @cached_property
    def facts_of(self) -> Mapping[str, Facts]:
        """What is known of a framework, by technology id."""
        return {f.technology: f for f in self.facts}

    @cached_property
    def releases_of(self) -> Mapping[str, Releases]:
        """Major releases, by technology id."""
        return {r.technology: r for r in self.releases}

    @cached_property
    def source(self) -> Mapping[str, Source]:
        """Sources by id."""
        return {s.id: s for s in self.sources}

    @cached_property
    def indicator(self) -> Mapping[str, Indicator]:
        """Indicators of all sources by id."""
        return {i.id: i for s in self.sources for i in s.indicators}

    @cached_property
    def source_of(self) -> Mapping[str, Source]:
        """The source of each indicator, by the indicator's id."""
        return {i.id: s for s in self.sources for i in s.indicators}

    def breaks(self, source: str) -> list[Break]:
        """The breaks of a source, its own and those of its origin, oldest first."""
        own = self.source[source].breaks
        shared = [b for b in self.shared_breaks if source in b.sources]
        return sorted([*own, *shared], key=lambda b: b.date)

    def lookup(self, source: Source, indicator: Indicator) -> dict[str, str]:
        """Published name in lower case -> technology id, for one indicator of a source.

        Names of the indicator's scheme, overridden by the source's own aliases.
        """
        found: dict[str, str] = {}
        if indicator.names is not None:
            for technology in self.technologies:
                for name in technology.names.get(indicator.names, []):
                    found[name.casefold()] = technology.id
        found.update({name.casefold(): target for name, target in source.aliases.items()})
        return found

    def find_technology(self, text: str) -> Technology:
        """The technology with this id or, letter case aside, this name.

        Raises UsageError with the nearest ids when there is none.
        """
        wanted = text.strip().casefold()
        if wanted in self.technology:
            return self.technology[wanted]
        for technology in self.technologies:
            if technology.name.casefold() == wanted:
                return technology
        raise UsageError(unknown("technology", text, self.technology, "`stacktide technologies` lists them"))


def _list(items: Iterable[str]) -> str:
    return ", ".join(f"`{item}`" for item in sorted(items))


def unknown(what: str, text: str, known: Iterable[str], remedy: str) -> str:
    """One sentence for an id that does not exist, with the nearest ones that do."""
    from difflib import get_close_matches

    near = get_close_matches(text.casefold(), list(known), n=3, cutoff=0.6)
    hint = f"did you mean {_list(near)}?" if near else f"{remedy}."
    return f"There is no {what} `{text}`: {hint}"


def choices(known: Iterable[str], most: int = 40) -> str:
    """The remedy "choose one of ...", naming at most `most` ids."""
    ids = list(known)
    more = f" and {len(ids) - most} more" if len(ids) > most else ""
    return f"choose one of {', '.join(ids[:most])}{more}"


class _Loader(yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader):  # type: ignore[misc]
    """YAML in which a repeated key is an error, and `no`, `on` and `yes` are words (Norway's code is `NO`)."""


def _mapping(loader: _Loader, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} stands twice", key_node.start_mark)
        seen.add(key)
    return yaml.SafeLoader.construct_mapping(loader, node, deep)


def _map(loader: _Loader, node: yaml.MappingNode) -> Iterable[dict[Any, Any]]:
    data: dict[Any, Any] = {}
    yield data
    data.update(_mapping(loader, node))


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _map)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def _read(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise CatalogError(f"{path} cannot be read ({error.strerror}): restore the file or its permissions.") from error
    except UnicodeDecodeError as error:
        raise CatalogError(f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8.") from error
    try:
        return yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        where = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise CatalogError(f"{path.name}{where}: {error.problem}; mend the YAML there.") from error
    except (yaml.YAMLError, ValueError, TypeError) as error:  # a day that does not exist, a list as a key
        raise CatalogError(f"{path.name} is not YAML: {' '.join(str(error).split())}; mend it there.") from error


def _entry(model: type[E], raw: Any, path: Path, position: int | None = None) -> E:
    label = raw.get("id", raw.get("technology", raw.get("date"))) if isinstance(raw, dict) else None
    entry = f", entry `{label}`" if label else f", entry {position}" if position else ""
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the entry"
        given = f" (it holds {first['input']!r})" if not isinstance(first["input"], (dict, list)) else ""
        remedy = {
            "extra_forbidden": "no such field; remove it or correct its name",
            "missing": "it is missing; add it",
        }.get(first["type"], first["msg"].removeprefix("Value error, "))
        more = f" ({error.error_count() - 1} more in this entry)" if error.error_count() > 1 else ""
        raise CatalogError(f"{path.name}{entry}, field `{field}`{given}: {remedy}{more}.") from error


def _entries(model: type[E], path: Path) -> list[E]:
    raw = _read(path)
    if not isinstance(raw, list):
        raise CatalogError(f"{path.name} holds no list of entries: begin each entry with `- `.")
    return [_entry(model, item, path, number) for number, item in enumerate(raw, 1)]


def _once(what: str, ids: Iterable[tuple[str, str]]) -> None:
    seen: dict[str, str] = {}
    for name, where in ids:
        if name in seen:
            raise CatalogError(f"The {what} `{name}` is claimed twice, in {seen[name]} and {where}: keep one.")
        seen[name] = where


def load(folder: Path) -> Catalog:
    """Read and validate the whole catalogue below `folder`.

    Raises CatalogError, in one sentence with file, entry, field and remedy, at the first thing that is wrong.
    """
    if not folder.is_dir():
        raise CatalogError(
            f"There is no catalogue at {folder}: reinstall the package, or run from a complete checkout."
        )
    files = sorted((folder / "technologies").glob("*.yml"))
    technologies = [(t, f.name) for f in files for t in _entries(Technology, f)]
    sources = [(_entry(Source, _read(f), f), f) for f in sorted((folder / "sources").glob("*.yml"))]
    facts = [(f, file.name) for file in sorted((folder / "facts").glob("*.yml")) for f in _entries(Facts, file)]
    releases = [(r, f.name) for f in sorted((folder / "releases").glob("*.yml")) for r in _entries(Releases, f)]
    if not technologies or not sources:
        raise CatalogError(f"The catalogue at {folder} holds no technologies or no sources: restore its files.")
    for source, file in sources:
        if source.id != file.stem:
            raise CatalogError(f"{file.name}, field `id`: `{source.id}` is not the file's name; make them equal.")
    catalog = Catalog(
        technologies=[t for t, _ in technologies],
        use_cases=_entries(UseCase, folder / "use_cases.yml"),
        sources=[s for s, _ in sources],
        shared_breaks=_entries(SharedBreak, folder / "breaks.yml"),
        facts=[f for f, _ in facts],
        releases=[r for r, _ in releases],
    )
    _once("technology", ((t.id, f) for t, f in technologies))
    _once("technology name", ((t.name.casefold(), f) for t, f in technologies))
    _once("technology with facts", ((f.technology, file) for f, file in facts))
    _once("technology with releases", ((r.technology, file) for r, file in releases))
    _once("use case", ((u.id, "use_cases.yml") for u in catalog.use_cases))
    _once("indicator", ((i.id, f.name) for s, f in sources for i in s.indicators))
    schemes = {scheme for t in catalog.technologies for scheme in t.names}
    for scheme in sorted(schemes):
        claims = ((n.casefold(), f"`{t.id}` ({f})") for t, f in technologies for n in t.names.get(scheme, []))
        _once(f"{scheme} name", claims)
    for source, file in sources:
        _once(f"alias of {file.name}", ((name.casefold(), f"`{target}`") for name, target in source.aliases.items()))
    _cross_check(catalog, {t.id: f for t, f in technologies})
    names = {s: {t.id: t.names[s] for t in catalog.technologies if s in t.names} for s in schemes}
    for source in catalog.sources:
        source.follow(names)
    return catalog


def _must(found: bool, where: str, field: str, value: str, known: Iterable[str]) -> None:
    if not found:
        raise CatalogError(
            f"{where}, field `{field}`: " + unknown("entry", value, known, "add it, or correct the name")
        )


def _cross_check(catalog: Catalog, file_of: Mapping[str, str]) -> None:
    for t in catalog.technologies:
        where = f"{file_of[t.id]}, entry `{t.id}`"
        _must(t.home is None or t.home in catalog.technology, where, "home", t.home or "", catalog.technology)
        for use_case in t.use_cases:
            _must(use_case in catalog.use_case, where, "use_cases", use_case, catalog.use_case)
    for s in catalog.sources:
        _cross_check_source(catalog, s)
    languages = [t.id for t in catalog.technologies if t.kind == "language"]
    for f in catalog.facts:
        where = f"facts, entry `{f.technology}`"
        _must(f.technology in catalog.technology, where, "technology", f.technology, catalog.technology)
        _must(f.language in languages, where, "language", f.language, languages)
    for r in catalog.releases:
        where = f"releases, entry `{r.technology}`"
        _must(r.technology in catalog.technology, where, "technology", r.technology, catalog.technology)
    for shared in catalog.shared_breaks:
        where = f"breaks.yml, entry {shared.date}"
        for source in shared.sources:
            _must(source in catalog.source, where, "sources", source, catalog.source)
        for indicator in shared.indicators:
            _must(indicator in catalog.indicator, where, "indicators", indicator, catalog.indicator)


def _cross_check_source(catalog: Catalog, source: Source) -> None:
    where = f"{source.id}.yml"
    own = [i.id for i in source.indicators]
    for name, target in source.aliases.items():
        _must(target in catalog.technology, where, f"aliases.{name}", target, catalog.technology)
    for i in source.indicators:
        _must(i.whole in {None, "listed", *own}, where, f"indicators.{i.id}.whole", i.whole or "", own)
    for b in source.breaks:
        for indicator in b.indicators:
            _must(indicator in own, where, "breaks.indicators", indicator, own)
