"""Every source is fed every fault: its stored rows stay as they were, and what the run says is one sentence.

A recorded case of the source is refreshed through the whole pipeline from a mirror that holds this one payload; then
the payload is damaged (faults.py) and refreshed again. `faults.csv` defines what comes of it:

- `kept`: the payload is not taken; the last good rows stay. Of a fault in many variants (each column renamed in turn),
  this is at least one; the others do no harm.
- `same`: the payload is taken, and the rows are the same.
- `none`: the payload holds nothing that the fault could touch, or nothing of it is read; `why` says so.

STACKTIDE_UPDATE_GOLDEN=1 rewrites the file: read the difference before you keep it, and fill in the `why`.
"""

import csv
import functools
import hashlib
import importlib.util
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
import yaml

from etl import http, schema, sources
from etl.catalog import Catalog, Source
from etl.errors import StacktideError
from etl.home import Home
from etl.http import Mirror, Payload, Request
from etl.pipeline import Refresh
from etl.runs import Run

HERE = Path(__file__).resolve().parent
TABLE = HERE / "faults.csv"
CATALOGUE = HERE.parents[1] / "data" / "catalog" / "sources"
SOURCES = sorted(file.stem for file in CATALOGUE.glob("*.yml"))
MUST_BE_KEPT = {"empty body", "web page", "truncated", "renamed column", "unit times 1000", "date in the future"}
MUST_BE_THE_SAME = {"byte-order mark", "new column", "rows out of order"}
EITHER = {"duplicate rows", "a hundred times the rows", "Latin-1"}
NEVER_NONE = {"empty body", "web page", "truncated", "byte-order mark", "Latin-1"}
VINTAGE = ["vintage", "payload"]


def _faults() -> ModuleType:
    name = "stacktide_tests_faults"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, HERE / "faults.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


faults = _faults()


@dataclass(frozen=True)
class Good:
    """The good state of one source: a recorded payload, refreshed once."""

    entry: Source
    catalog: Catalog
    home: Home
    mirror: Path
    request: Request
    published: date
    content: bytes

    def refresh(self, content: bytes, days: int = 1) -> Run:
        """Refresh from a mirror that holds these bytes, `days` after the publication."""
        (self.mirror / Mirror.path(self.request.url)).write_bytes(content)
        now = datetime.combine(self.published + timedelta(days=days), time(12))
        module = sources.module(self.entry)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "requests", lambda entry, since, today: [self.request])
            patch.setattr(module, "following", lambda payload, entry: [], raising=False)
            return Refresh(self.home, self.catalog, http.session(self.mirror), lambda: now).one(self.entry.id)

    def read(self, content: bytes) -> pd.DataFrame | str | None:
        """What the source's module reads from these bytes: draft rows, or the sentence with which it refuses them."""
        digest = hashlib.sha256(content).hexdigest()
        payload = Payload(self.request, content, digest, self.published, self.published)
        try:
            return sources.module(self.entry).parse(payload, self.entry)
        except StacktideError as error:
            return str(error)
        except Exception:  # noqa: BLE001 - the refresh shows what comes of it
            return None

    @functools.cached_property
    def drafts(self) -> pd.DataFrame | str | None:
        return self.read(self.content)

    @functools.cached_property
    def rows(self) -> pd.DataFrame:
        return self.stored()

    def stored(self) -> pd.DataFrame:
        rows = self.home.store.read(source=[self.entry.id])
        return rows.astype(dict.fromkeys(schema.CATEGORIES, "str")).drop(columns=VINTAGE)


def _recorded(source: str) -> tuple[dict[str, Any], bytes]:
    """The case with most rows and, of several, the largest figures (noise is not judged), and its payload."""
    found = []
    for file in sorted((HERE / source).glob("*.yml")):
        case = yaml.safe_load(file.read_text(encoding="utf-8"))
        if "expected" in case and (HERE / source / case["expected"]).is_file():
            values = pd.read_csv(HERE / source / case["expected"])["value"]
            rank = (len(values), values.sum(), case["published"], "before" not in case, "replace" not in case)
            found.append((rank, case))
    assert found, f"{source} has no recorded case with rows"
    case = max(found, key=lambda pair: pair[0])[1]
    content = (HERE / source / case["payload"]).read_bytes()
    for old, new in case.get("replace", {}).items():
        content = content.replace(old.encode(), new.encode())
    return case, content[: case.get("keep_bytes")].removeprefix(faults.MARK)


def _good(source: str, entries: Catalog, folder: Path) -> Good:
    case, content = _recorded(source)
    entry = entries.source[source]
    entry = entry.model_copy(update={"expectations": entry.expectations.model_copy(update={"min_rows": 1})})
    catalog = Catalog(
        technologies=entries.technologies,
        use_cases=entries.use_cases,
        sources=[entry],
        shared_breaks=entries.shared_breaks,
    )
    scope = {column: tuple(value) if isinstance(value, list) else value for column, value in case["scope"].items()}
    url, published = f"https://example.org/{source}", case["published"]
    mirror = folder / "mirror"
    (mirror / Mirror.path(url)).parent.mkdir(parents=True)
    (mirror / "MANIFEST.csv").write_text(f"path,upstream_date\n{Mirror.path(url)},{published}\n", encoding="utf-8")
    request = Request(url, part=case["part"], scope=scope, published=published)
    return Good(entry, catalog, Home(folder / "home").make(), mirror, request, published, content)


@pytest.fixture(scope="session")
def good(entries: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Good]:
    """The good state of a source; made once."""

    @functools.cache
    def made(source: str) -> Good:
        state = _good(source, entries, tmp_path_factory.mktemp(source))
        run = state.refresh(state.content, days=0)
        assert (run.outcome, run.error) == ("updated", None)
        assert len(state.rows) == run.rows > 0
        assert state.refresh(state.content).outcome == "unchanged"
        return state

    return made


def _outcome(state: Good, told: str, content: bytes) -> str:
    """Whether the damaged payload was refused (`kept`) or taken (`same`); the rows must be the same either way."""
    version = state.home.store.version()
    run = state.refresh(content)
    if state.home.store.version() != version:  # a version never changes: as long as it is the same, so are the rows
        changes = _changes(state)
        state.refresh(state.content)
        pytest.fail(f"{told}: the rows changed ({run.outcome})\n{changes}")
    assert run.outcome in ("failed", "refused", "unchanged"), told
    if run.outcome == "unchanged":
        assert run.error is None, told
        return "same"
    _is_a_sentence(str(run.error), state.entry.id, told)
    return "kept"


def _is_a_sentence(said: str, source: str, told: str) -> None:
    assert said.startswith(source), f"{told}: {said}"
    assert "\n" not in said, f"{told}: {said}"
    assert not re.search(r"nobody foresaw|Traceback|File \"", said), f"{told}: {said}"


def _changes(state: Good) -> str:
    """The rows that should not be as they are."""
    both = pd.concat([state.rows.assign(state="good"), state.stored().assign(state="now")])
    return both.drop_duplicates(list(state.rows), keep=False).to_csv(index=False)[:2000]


def _read() -> dict[tuple[str, str], dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return {(line["source"], line["fault"]): line for line in csv.DictReader(lines)}


def _define(source: str, fault: str, outcome: str) -> None:
    """Write one outcome into the table."""
    table = _read() if TABLE.is_file() else {}
    why = table.get((source, fault), {}).get("why", "") if outcome == "none" else ""
    table[source, fault] = {"source": source, "fault": fault, "outcome": outcome, "why": why}
    order = list(faults.FAULTS)
    with TABLE.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, ["source", "fault", "outcome", "why"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(table[key] for key in sorted(table, key=lambda key: (key[0], order.index(key[1]))))


@pytest.mark.parametrize("fault", faults.FAULTS)
@pytest.mark.parametrize("source", SOURCES)
def test_fault(source: str, fault: str, good: Callable[[str], Good]) -> None:
    state = good(source)
    found: dict[str, str] = {}
    refused = False
    for told, content in faults.FAULTS[fault](state.content):
        assert content != state.content, f"{told}: nothing is damaged"
        read = state.read(content)
        # what reads as the good payload ends as it did; what the parser refuses is refreshed once for each fault
        if isinstance(read, pd.DataFrame) and read.equals(state.drafts):
            found[told] = "same"
        elif isinstance(read, str) and refused:
            _is_a_sentence(read, source, told)
            found[told] = "kept"
        else:
            found[told] = _outcome(state, f"{source}, {fault}, {told}", content)
            refused = refused or isinstance(read, str)
    kinds = set(found.values())
    outcome = "kept" if "kept" in kinds else "same" if kinds else "none"
    if outcome == "same" and fault in MUST_BE_KEPT:
        outcome = "none"  # nothing of what was damaged is read
    if fault in MUST_BE_THE_SAME | {"empty body", "web page", "truncated"}:
        assert len(kinds) < 2, found
    if os.environ.get("STACKTIDE_UPDATE_GOLDEN") == "1":
        _define(source, fault, outcome)
    assert (source, fault) in _read(), "the outcome is not defined; see the docstring of this file"
    assert outcome == _read()[source, fault]["outcome"]


def test_outcomes_obey_the_rules() -> None:
    table = _read()
    assert len(SOURCES) >= 23
    assert set(faults.FAULTS) == MUST_BE_KEPT | MUST_BE_THE_SAME | EITHER
    assert set(table) == {(source, fault) for source in SOURCES for fault in faults.FAULTS}
    for (source, fault), line in table.items():
        allowed = {"kept", "same"} if fault in EITHER else {"kept" if fault in MUST_BE_KEPT else "same"}
        assert line["outcome"] in (allowed if fault in NEVER_NONE else {*allowed, "none"}), (source, fault)
        assert (line["outcome"] == "none") == bool(line["why"]), (source, fault)
