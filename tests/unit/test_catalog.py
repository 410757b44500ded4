"""The catalogue: an author's error is one sentence with file, entry, field and remedy; the real one is whole."""

from pathlib import Path

import pytest

from etl import catalog, sources
from etl.catalog import Catalog
from etl.errors import CatalogError, UsageError
from etl.remarks import remarks

FILES = {
    "use_cases.yml": """
- {id: web-backend, title: Web back end, definition: The server side.}
- {id: teaching, title: Teaching, definition: First steps.}
""",
    "breaks.yml": """
- {date: 2022-11-30, what: A change., evidence: The figures., effect: disturbs, sources: [pypl], indicators: [searches]}
""",
    "technologies/languages.yml": """
- id: python
  name: Python
  kind: language
  use_cases: [web-backend, teaching]
  names: {pypl: [Python], topic: [python]}
- id: java
  name: Java
  kind: language
  names: {pypl: [Java]}
""",
    "technologies/frameworks.yml": """
- id: django
  name: Django
  kind: framework
  home: python
  use_cases: [web-backend]
  because: {web-backend: It serves pages.}
  names: {topic: [django]}
""",
    "sources/pypl.yml": """
id: pypl
title: PYPL
publisher: Somebody
homepage: https://example.org
licence: {id: CC0-1.0, title: Zero, redistribute: true}
attribution: Somebody
citation: Somebody
caveat: Not everybody.
cadence: monthly
verified: recording
settings: {countries: {All: WLD, NO: NO}}
aliases: {Pythonn: python}
indicators:
  - id: searches
    title: Searches
    construct: learning interest
    unit: percent of searches
    frequency: M
    names: pypl
    bounds: [0, 100]
    means: Searches.
    does_not_mean: Use.
breaks:
  - {date: 2020-01-01, what: A change., evidence: The figures., effect: severs, indicators: [searches]}
expectations: {min_rows: 1, may_shrink_by_percent: 5, newest_within_days: 75}
""",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def _edit(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text, f"{file} does not hold {old!r}: the case would test nothing"
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_small_catalogue_is_valid(folder: Path) -> None:
    loaded = catalog.load(folder)
    assert list(loaded.technology) == ["django", "python", "java"]
    assert [b.date.isoformat() for b in loaded.breaks("pypl")] == ["2020-01-01", "2022-11-30"]


LANGUAGES, FRAMEWORKS, PYPL = "technologies/languages.yml", "technologies/frameworks.yml", "sources/pypl.yml"
ERRORS = {
    "unknown field": (
        LANGUAGES,
        "kind: language",
        "kind: language\n  colour: red",
        "languages.yml `python` `colour` remove",
    ),
    "missing field": (LANGUAGES, "  kind: language\n", "", "languages.yml `python` `kind` missing; add"),
    "bad id": (LANGUAGES, "id: python", "id: Python 3", "languages.yml `Python 3` `id` pattern"),
    "reserved id": (LANGUAGES, "id: java", "id: all", "languages.yml `all` reserved choose another"),
    "bad kind": (LANGUAGES, "kind: language", "kind: gadget", "languages.yml `python` `kind` gadget 'framework'"),
    "empty names": (LANGUAGES, "pypl: [Python]", "pypl: []", "languages.yml `python` `names.pypl`"),
    "stray because": (FRAMEWORKS, "{web-backend: It", "{teaching: It", "frameworks.yml `django` `because` `teaching`"),
    "dangling home": (FRAMEWORKS, "home: python", "home: pithon", "frameworks.yml `django` `home` `pithon` `python`"),
    "dangling use case": (
        LANGUAGES,
        "[web-backend, teaching]",
        "[web-backends]",
        "languages.yml `python` `use_cases` `web-backend`",
    ),
    "dangling alias": (PYPL, "Pythonn: python", "Pythonn: pyton", "pypl.yml `aliases.Pythonn` `pyton` `python`"),
    "alias twice": (
        PYPL,
        "{Pythonn: python}",
        "{Foo: python, foo: java}",
        "pypl.yml `foo` twice `python` `java` keep one",
    ),
    "dangling break": (
        PYPL,
        "indicators: [searches]",
        "indicators: [searchs]",
        "pypl.yml `breaks.indicators` `searches`",
    ),
    "dangling shared break": (
        "breaks.yml",
        "sources: [pypl]",
        "sources: [pipl]",
        "breaks.yml 2022-11-30 `sources` `pypl`",
    ),
    "dangling indicator of a shared break": (
        "breaks.yml",
        "indicators: [searches]",
        "indicators: [search]",
        "breaks.yml `indicators` `search` `searches`",
    ),
    "whole without words": (
        PYPL,
        "bounds: [0, 100]",
        "bounds: [0, 100]\n    whole: listed",
        "pypl.yml `pypl` whole_title",
    ),
    "whole of nothing": (
        PYPL,
        "bounds: [0, 100]",
        "bounds: [0, 100]\n    whole: searchers\n    whole_title: percent of all",
        "pypl.yml `indicators.searches.whole` `searchers` `searches`",
    ),
    "id is not the file's name": (PYPL, "id: pypl", "id: pipl", "pypl.yml `id` `pipl` make them equal"),
    "technology twice": (
        LANGUAGES,
        "id: java\n",
        "id: django\n",
        "`django` twice frameworks.yml languages.yml keep one",
    ),
    "display name twice": (LANGUAGES, "name: Java\n", "name: DJANGO\n", "`django` twice frameworks.yml languages.yml"),
    "name claimed twice": (LANGUAGES, "[Java]", "[python]", "pypl name `python` twice `python` `java` languages.yml"),
    "key twice": (LANGUAGES, "  kind: language", "  kind: language\n  kind: tool", "languages.yml line 5 'kind' twice"),
    "nested key twice": (PYPL, "{All: WLD, NO: NO}", "{NO: WLD, NO: NO}", "pypl.yml line 12 'NO' twice"),
    "a tab": (LANGUAGES, "  kind: language", "\tkind: language", "languages.yml line 4 mend"),
    "a day that does not exist": ("breaks.yml", "2022-11-30", "2022-11-31", "breaks.yml day is out of range mend"),
    "a word for a day": ("breaks.yml", "2022-11-30", "soon", "breaks.yml `soon` `date`"),
    "a list as a key": (LANGUAGES, "{pypl: [Java]}", "{[pypl]: [Java]}", "languages.yml mend"),
    "no list": ("use_cases.yml", FILES["use_cases.yml"], "id: web-backend", "use_cases.yml no list of entries begin"),
    "empty file": ("breaks.yml", FILES["breaks.yml"], "", "breaks.yml no list of entries begin"),
    "a word in the list": (
        "use_cases.yml",
        "- {id: teaching, title: Teaching, definition: First steps.}",
        "- x",
        "use_cases.yml entry 2",
    ),
    "unsafe address": (PYPL, "homepage: https:", "homepage: http:", "pypl.yml `pypl` `homepage` pattern"),
}


@pytest.mark.parametrize("what", ERRORS)
def test_authoring_error_is_one_sentence(what: str, folder: Path) -> None:
    file, old, new, pieces = ERRORS[what]
    _edit(folder, file, old, new)
    with pytest.raises(CatalogError) as caught:
        catalog.load(folder)
    told = str(caught.value)
    assert not [piece for piece in pieces.split() if piece.strip("`") not in told], told
    assert "\n" not in told
    assert told.endswith((".", "`?"))


def test_not_utf8(folder: Path) -> None:
    (folder / LANGUAGES).write_bytes("- id: caf\u00e9\n".encode("latin-1"))
    with pytest.raises(CatalogError, match=r"languages\.yml: byte 9 is not UTF-8; save the file as UTF-8\."):
        catalog.load(folder)


def test_missing_folder_and_files(folder: Path) -> None:
    with pytest.raises(CatalogError, match=r"There is no catalogue at .*: reinstall"):
        catalog.load(folder / "nowhere")
    (folder / "breaks.yml").unlink()
    with pytest.raises(CatalogError, match=r"breaks\.yml cannot be read .*: restore the file"):
        catalog.load(folder)
    (folder / PYPL).unlink()
    with pytest.raises(CatalogError, match="no technologies or no sources: restore"):
        catalog.load(folder)


def test_norway_is_no_boolean(folder: Path) -> None:
    countries = catalog.load(folder).source["pypl"].settings["countries"]
    assert countries == {"All": "WLD", "NO": "NO"}
    _edit(folder, PYPL, "redistribute: true", "redistribute: false")
    assert catalog.load(folder).source["pypl"].licence.redistribute is False


def test_remarks_for_authors(folder: Path) -> None:
    assert remarks(catalog.load(folder)) == [
        "Only one technology has the use case `teaching`: add what it competes with, or remove it.",
        "No source can name the technology `django`, and it says no `reason`: add a name or a reason.",
        "The technology `java` has no use case: add one, so that a filter can find it.",
        "No indicator reads the names of the scheme `topic` (2 technologies have some): remove them.",
    ]
    _edit(folder, "technologies/languages.yml", ", teaching]", "]")
    _edit(folder, "technologies/languages.yml", ", topic: [python]", "")
    _edit(folder, FRAMEWORKS, "  names: {topic: [django]}", "  reason: Nobody counts it.")
    _edit(folder, PYPL, "aliases: {", "ignored: {Pythonn: a misprint}\naliases: {PYTHON: python, ")
    assert remarks(catalog.load(folder)) == [
        "No technology has the use case `teaching`: add one, or remove it.",
        "The technology `java` has no use case: add one, so that a filter can find it.",
        "pypl.yml: `Pythonn` is both an alias and ignored: keep one.",
        "pypl.yml: the alias `PYTHON` is a pypl name of `python` already: remove it.",
    ]


def test_authors_of_the_real_catalogue_have_nothing_to_look_at(entries: Catalog) -> None:
    assert remarks(entries) == []


FACTS = """
- technology: django
  style: full-stack
  language: python
  first_release: "2005-07-21"
  first_release_source: https://example.org/releases
  licence: BSD-3-Clause
  licence_source: https://example.org/licence
  features:
    orm: {built_in: yes, source: https://example.org/orm}
    openapi: {built_in: no, source: https://example.org/api, note: Left to extensions.}
  adopters:
    - {name: Somebody, source: https://example.org/who}
"""


@pytest.fixture
def facts(folder: Path) -> Path:
    (folder / "facts").mkdir()
    file = folder / "facts" / "web.yml"
    file.write_text(FACTS, encoding="utf-8")
    return file


def test_facts_of_a_framework(folder: Path, facts: Path) -> None:
    loaded = catalog.load(folder)
    django = loaded.facts_of["django"]
    assert (django.features["orm"].built_in, django.features["openapi"].built_in) == ("yes", "no")
    assert "async" not in django.features
    assert django.adopters[0].name == "Somebody"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "technology: django",
            "technology: djang",
            "facts, entry `djang`, field `technology`: There is no entry `djang`",
        ),
        ("language: python", "language: django", "facts, entry `django`, field `language`: There is no entry `django`"),
        ("full-stack", "fullstack", "web.yml, entry `django`, field `style` (it holds 'fullstack')"),
        ("2005-07-21", "21 July 2005", "field `first_release` (it holds '21 July 2005')"),
        ("  licence_source: https://example.org/licence\n", "", "`licence` has no `licence_source`"),
        ("built_in: yes", "built_in: maybe", "field `features.orm.built_in` (it holds 'maybe')"),
        ("https://example.org/orm", "the manual", "field `features.orm.source` (it holds 'the manual')"),
        ("    orm:", "    ormm:", "field `features.ormm"),
        (FACTS, FACTS + FACTS, "`django` is claimed twice, in web.yml and web.yml"),
    ],
)
def test_error_in_facts(folder: Path, facts: Path, old: str, new: str, message: str) -> None:
    _edit(folder, "facts/web.yml", old, new)
    _refused(folder, message)


def _refused(folder: Path, message: str) -> None:
    with pytest.raises(CatalogError) as caught:
        catalog.load(folder)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


RELEASES = """
- technology: django
  source: https://example.org/django
  releases:
    - {version: "4.0", date: 2021-12-07}
    - {version: "3.0", date: "2019-12", source: https://example.org/three}
"""


@pytest.fixture
def releases(folder: Path) -> Path:
    (folder / "releases").mkdir()
    file = folder / "releases" / "web.yml"
    file.write_text(RELEASES, encoding="utf-8")
    return file


def test_major_releases_are_dated_and_cited(folder: Path, releases: Path) -> None:
    assert catalog.load(folder).releases_of["django"].dated == [
        ("3.0", "2019-12", "https://example.org/three"),
        ("4.0", "2021-12-07", "https://example.org/django"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "technology: django",
            "technology: djang",
            "releases, entry `djang`, field `technology`: There is no entry `djang`: did you mean `django`",
        ),
        ('"2019-12"', '"Dec 2019"', "web.yml, entry `django`, field `releases.1.date` (it holds 'Dec 2019')"),
        ('"2019-12"', '"2019-13"', "field `releases.1.date` (it holds '2019-13'): there is no such day; correct it"),
        ('"2019-12"', '"2019-02-30"', "there is no such day; correct it"),
        ('"2019-12"', '"2019"', "field `releases.1.date` (it holds '2019')"),
        (
            "  source: https://example.org/django\n",
            "",
            "web.yml, entry `django`, field `the entry`: the release `4.0` has no `source`: say which page dates it",
        ),
        ("https://example.org/three", "the manual", "field `releases.1.source` (it holds 'the manual')"),
        ('"3.0"', '"4.0"', "two releases have the version `4.0`: keep one"),
        ('"2019-12"', '"2021-12-07"', "two releases have the date `2021-12-07`: keep one"),
        ('"3.0"', "3.0", "field `releases.1.version` (it holds 3.0)"),
        (
            RELEASES,
            RELEASES + RELEASES,
            "The technology with releases `django` is claimed twice, in web.yml and web.yml",
        ),
    ],
)
def test_error_in_releases(folder: Path, releases: Path, old: str, new: str, message: str) -> None:
    _edit(folder, "releases/web.yml", old, new)
    _refused(folder, message)


def test_aliases_override_the_scheme(folder: Path) -> None:
    _edit(folder, PYPL, "Pythonn: python", "Java: python")
    loaded = catalog.load(folder)
    source = loaded.source["pypl"]
    assert loaded.lookup(source, source.indicator("searches")) == {"python": "python", "java": "python"}


def test_find_technology(entries: Catalog) -> None:
    assert entries.find_technology("Ruby on Rails").id == entries.find_technology("ruby-on-rails").id == "ruby-on-rails"
    with pytest.raises(UsageError, match="There is no technology `djanggo`: did you mean `django`"):
        entries.find_technology("djanggo")
    with pytest.raises(UsageError, match="`stacktide technologies` lists them"):
        entries.find_technology("qqqqqqqq")


def test_entries_do_not_change(entries: Catalog) -> None:
    with pytest.raises(ValueError, match="frozen"):
        entries.technologies[0].name = "Other"  # type: ignore[misc]


REQUIRED_USE_CASES = [
    "web-backend",
    "full-stack",
    "micro",
    "async",
    "rest-api",
    "graphql-api",
    "realtime",
    "microservices",
    "task-queue",
    "database-access",
    "databases",
    "data-analysis",
    "data-engineering",
    "data-visualisation",
    "dashboards",
    "machine-learning",
    "browser-frontend",
    "python-in-browser",
    "desktop-gui",
    "mobile",
    "embedded-iot",
    "games",
    "automation",
    "devops",
    "deployment",
    "cloud",
    "cms-ecommerce",
    "enterprise",
    "mvp",
    "testing",
    "systems",
    "performance",
    "editors",
    "environments",
    "teaching",
]

REQUIRED_TECHNOLOGIES = (
    """
Python; Java; JavaScript; TypeScript; PHP; Ruby; Go; Rust; C#; Kotlin; Swift; R; Django; Flask; FastAPI; Ruby on Rails;
Laravel; Spring; Express; React; Angular; NumPy; pandas
""".replace("\n", " ")
    .strip()
    .split("; ")
)


def test_real_catalogue_is_whole(entries: Catalog) -> None:
    assert set(REQUIRED_USE_CASES) <= set(entries.use_case)
    for name in REQUIRED_TECHNOLOGIES:
        entries.find_technology(name)
    assert {"pypl", "innovation_graph", "languish", "top_pypi"} <= set(entries.source)
    assert remarks(entries) == []
    for technology in entries.technologies:
        assert technology.use_cases, technology.id
    for source in entries.sources:
        assert sources.module(source)
        for indicator in source.indicators:
            assert not indicator.is_share or indicator.bounds == (0, 100), indicator.id


def test_every_required_technology_of_the_design(entries: Catalog, upstream: Path) -> None:
    import csv

    with (upstream.parent / "design" / "technologies-required.csv").open(encoding="utf-8", newline="") as lines:
        required = list(csv.DictReader(lines))
    assert len(required) > 90
    names = {t.name.casefold(): t for t in entries.technologies}
    missing = [row["name"] for row in required if row["name"].casefold() not in names]
    assert not missing
    for row in required:
        technology = names[row["name"].casefold()]
        assert technology.kind == row["kind"], row["name"]
        lost = set(filter(None, row["use_cases"].split(";"))) - set(technology.use_cases)
        assert not lost, (row["name"], lost)


def test_entry_without_module(entries: Catalog) -> None:
    entry = entries.source["pypl"].model_copy(update={"id": "nobody"})
    with pytest.raises(CatalogError, match=r"`nobody` has an entry but no module: add etl/sources/nobody\.py"):
        sources.module(entry)
