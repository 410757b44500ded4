"""Asking a live API: a real server on this machine answers, and counts how it is asked."""

import hashlib
import json
import logging
import pickle
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
import requests
from requests.adapters import HTTPAdapter

from etl import gather, http, sources
from etl.agenda import Origin
from etl.archive import Archive
from etl.catalog import Access, Catalog, Source
from etl.errors import FetchError, NotThere, ParseError, PausedError, UsageError
from etl.gather import Answer, Gather
from etl.http import Payload, Request
from etl.pace import Pace

TODAY = date(2026, 9, 1)
API = "https://api.example.org"

Behaviour = Callable[[BaseHTTPRequestHandler, int], None]


class Publisher:
    """A server that behaves as the test says, path by path; `asked` is what reached it, with the headers."""

    def __init__(self) -> None:
        self.behaviour: dict[str, Behaviour] = {}
        self.asked: list[tuple[str, dict[str, str], float]] = []
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                before = sum(path == self.path for path, _, _ in publisher.asked)
                publisher.asked.append((self.path, dict(self.headers), time.monotonic()))
                publisher.behaviour.get(self.path, lambda h, _: say(h, status=404))(self, before)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)

    @property
    def paths(self) -> list[str]:
        return [path for path, _, _ in self.asked]


def say(
    handler: BaseHTTPRequestHandler, body: Any = None, status: int = 200, headers: dict[str, str] | None = None
) -> None:
    content = b"" if body is None else json.dumps(body).encode()
    handler.send_response(status)
    for name, value in (headers or {}).items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    found = Publisher()
    found.thread.start()
    yield found
    found.server.shutdown()
    found.server.server_close()
    found.thread.join(5)


@pytest.fixture
def session(publisher: Publisher) -> requests.Session:
    """The live session, whose requests end at the publisher on this machine."""
    live = http.session()
    port = publisher.server.server_address[1]

    class Here(HTTPAdapter):
        def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
            request.url = (request.url or "").replace(API, f"http://127.0.0.1:{port}")
            return super().send(request, *args, **kwargs)

    live.mount("https://", Here(max_retries=live.get_adapter(API).max_retries))  # type: ignore[attr-defined]
    return live


def _parse(payload: Payload, entry: Source) -> pd.DataFrame:
    body = json.loads(payload.content)
    if "value" not in body:
        raise ParseError(f"{entry.id} {payload.request.part}: no value")
    return pd.DataFrame([{"value": body["value"]}])


@pytest.fixture
def entry(entries: Catalog, monkeypatch: pytest.MonkeyPatch) -> Source:
    """A source on an API that asks for /a and /b and follows `next`."""

    def asked(entry: Source, since: date | None, today: date) -> list[Request]:
        return [Request(f"{API}/{name}", name) for name in ("a", "b")]

    def following(payload: Payload, entry: Source) -> list[Request]:
        path = json.loads(payload.content).get("next")
        return [Request(f"{API}{path}", path)] if path else []

    module = SimpleNamespace(requests=asked, parse=_parse, following=following)
    monkeypatch.setattr(sources, "module", lambda entry: module)
    access = Access(documented=API, per_second=1000, seconds=20)
    return entries.source["pypl"].model_copy(update={"access": access})


Ask = Callable[..., list[Answer]]


@pytest.fixture
def ask(entry: Source, session: requests.Session, tmp_path: Path) -> Ask:
    def run(entry: Source = entry, since: date | None = None, **options: Any) -> list[Answer]:
        found = Gather(entry, session, Archive(tmp_path / "payloads"), TODAY, **options)
        return list(found.answers(since))

    return run


def _values(answers: list[Answer]) -> list[float]:
    return [answer.draft["value"].iloc[0] for answer in answers if answer.draft is not None]


def test_every_page_is_asked_for_once(publisher: Publisher, ask: Ask) -> None:
    publisher.behaviour = {
        "/a": lambda h, _: say(h, {"value": 1, "next": "/a?page=2"}),
        "/a?page=2": lambda h, _: say(h, {"value": 2, "next": "/a?page=3"}),
        "/a?page=3": lambda h, _: say(h, {"value": 3, "next": "/a"}),  # a circle must come to an end
        "/b": lambda h, _: say(h, {"value": 4}),
    }
    assert sorted(_values(ask())) == [1, 2, 3, 4]
    assert sorted(publisher.paths) == ["/a", "/a?page=2", "/a?page=3", "/b"]
    assert all(headers["User-Agent"].startswith("Stacktide/") for _, headers, _ in publisher.asked)


def test_what_did_not_change_is_not_sent_again(publisher: Publisher, ask: Ask) -> None:
    def conditional(handler: BaseHTTPRequestHandler, _: int) -> None:
        if handler.headers.get("If-None-Match") == '"v1"':
            say(handler, status=304)
        else:
            say(handler, {"value": 1}, headers={"ETag": '"v1"', "Last-Modified": "Tue, 04 Aug 2026 00:00:00 GMT"})

    publisher.behaviour = {"/a": conditional, "/b": conditional}
    first, again = ask(), ask()
    assert _values(again) == _values(first) == [1, 1]
    assert publisher.asked[-1][1]["If-None-Match"] == '"v1"'
    assert publisher.asked[-1][1]["If-Modified-Since"] == "Tue, 04 Aug 2026 00:00:00 GMT"
    assert again[0].payload is not None
    assert (again[0].payload.published, again[0].payload.retrieved_on) == (date(2026, 8, 4), TODAY)
    ask(use_archive=False)
    assert "If-None-Match" not in publisher.asked[-1][1]


def test_passing_trouble_is_waited_out(publisher: Publisher, ask: Ask) -> None:
    def troubled(handler: BaseHTTPRequestHandler, before: int) -> None:
        if before == 0:
            say(handler, status=500)
        elif before == 1:
            say(handler, status=429, headers={"Retry-After": "1"})
        else:
            say(handler, {"value": 1})

    publisher.behaviour = {"/a": troubled, "/b": lambda h, _: say(h, {"value": 2})}
    assert _values(ask()) == [1, 2]
    times = [at for path, _, at in publisher.asked if path == "/a"]
    assert len(times) == 3
    assert times[2] - times[1] >= 1


@pytest.mark.parametrize(
    ("status", "headers"),
    [(429, {"Retry-After": "3600"}), (503, {"Retry-After": "86400"}), (403, {"X-RateLimit-Remaining": "0"})],
)
def test_long_pause_ends_the_run_at_once(publisher: Publisher, ask: Ask, status: int, headers: dict[str, str]) -> None:
    publisher.behaviour = {"/a": lambda h, _: say(h, status=status, headers=headers)}
    began = time.monotonic()
    a, b = ask()
    assert time.monotonic() - began < 5
    assert isinstance(a.error, PausedError)
    assert f"answered {status}" in str(a.error)
    assert "try again later" in str(a.error)
    assert (b.asked, isinstance(b.error, PausedError)) == (False, True)
    assert publisher.paths == ["/a"]


def test_pause_asked_for_in_the_body(publisher: Publisher, ask: Ask, entry: Source) -> None:
    assert entry.access is not None
    patient = entry.model_copy(update={"access": entry.access.model_copy(update={"pause_field": "backoff"})})
    publisher.behaviour = {
        "/a": lambda h, _: say(h, {"value": 1, "backoff": 1}),
        "/b": lambda h, _: say(h, {"value": 2}),
    }
    assert _values(ask(patient)) == [1, 2]
    assert publisher.asked[1][2] - publisher.asked[0][2] >= 1
    publisher.behaviour["/a"] = lambda h, _: say(h, {"value": 1, "backoff": 3600})
    a, b = ask(patient)
    assert a.error is None
    assert "asks for a pause of 3600 s" in str(b.error)


def test_declared_rate_is_kept(publisher: Publisher, ask: Ask, entry: Source, tmp_path: Path) -> None:
    slow = entry.model_copy(update={"access": Access(documented=API, per_second=2, seconds=20)})
    publisher.behaviour = dict.fromkeys(("/a", "/b"), lambda h, _: say(h, {"value": 1}))
    file = tmp_path / "pace.sqlite"
    ask(slow, pace_file=file)
    ask(slow, pace_file=file)
    times = [at for _, _, at in publisher.asked]
    assert len(times) == 4
    assert times[-1] - times[0] >= 1.1, "three pauses of half a second, give or take what a busy machine takes"


def test_limit_of_the_day_holds_across_runs(publisher: Publisher, ask: Ask, entry: Source, tmp_path: Path) -> None:
    limited = entry.model_copy(update={"access": Access(documented=API, per_second=1000, per_day=3, seconds=20)})
    publisher.behaviour = dict.fromkeys(("/a", "/b"), lambda h, _: say(h, {"value": 1}))
    file = tmp_path / "pace.sqlite"
    assert [a.error for a in ask(limited, pace_file=file)] == [None, None]
    a, b = ask(limited, pace_file=file)
    assert a.error is None
    assert str(b.error) == "pypl: the limit of 3 requests a day is reached; a run tomorrow goes on from here."
    assert len(publisher.asked) == 3


def test_time_budget(publisher: Publisher, ask: Ask, entry: Source) -> None:
    hasty = entry.model_copy(update={"access": Access(documented=API, per_second=1000, seconds=0.5)})

    def drip(handler: BaseHTTPRequestHandler, _: int) -> None:
        """Ten bytes a second: no single read ever times out."""
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        try:
            for _ in range(50):
                handler.wfile.write(b" ")
                handler.wfile.flush()
                time.sleep(0.1)
        except OSError:
            pass  # the reader has gone, as it should

    publisher.behaviour = {"/a": drip, "/b": lambda h, _: say(h, {"value": 1})}
    began = time.monotonic()
    a, b = ask(hasty)
    assert time.monotonic() - began < 3
    assert "is too slow: the time budget of one run is spent" in str(a.error)
    assert not b.asked


def test_run_goes_on_where_the_last_one_ended(publisher: Publisher, ask: Ask) -> None:
    publisher.behaviour = {"/a": lambda h, _: say(h, {"value": 1})}
    assert [type(answer.error) for answer in ask()] == [type(None), NotThere]
    publisher.behaviour["/b"] = lambda h, _: say(h, {"value": 2})
    assert _values(ask(resume=True)) == [1, 2]
    assert publisher.paths == ["/a", "/b", "/b"]


def test_bad_answer_is_not_resumed(publisher: Publisher, ask: Ask) -> None:
    publisher.behaviour = {"/a": lambda h, before: say(h, {"value": 1} if before else {"error": "down"})}
    assert isinstance(ask()[0].error, ParseError)
    assert _values(ask(resume=True)) == [1]


def test_immutable_parts_are_asked_for_once(
    publisher: Publisher, ask: Ask, entry: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources.module(entry), "requests", lambda e, s, t: [Request(f"{API}/a", "a", immutable=True)])
    publisher.behaviour = {"/a": lambda h, _: say(h, {"value": 1})}
    assert _values(ask()) == _values(ask()) == [1]
    assert publisher.paths == ["/a"]


def test_kept_answer_that_cannot_be_read_is_asked_for_again(
    publisher: Publisher, ask: Ask, entry: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = Request(f"{API}/a", "a", immutable=True)
    monkeypatch.setattr(sources.module(entry), "requests", lambda e, s, t: [request])
    publisher.behaviour = {"/a": lambda h, _: say(h, {"value": 1})}
    bad = b'{"error": "down"}'
    Archive(tmp_path / "payloads").save(Payload(request, bad, hashlib.sha256(bad).hexdigest(), None, TODAY))
    assert _values(ask()) == [1]
    assert publisher.paths == ["/a"]


def test_old_part_that_failed_is_asked_for_again(
    publisher: Publisher, ask: Ask, entry: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = Request(f"{API}/a", "a"), Request(f"{API}/b", "b")
    monkeypatch.setattr(sources.module(entry), "requests", lambda e, s, t: [new] if s else [old, new])
    publisher.behaviour = dict.fromkeys(("/a", "/b"), lambda h, _: say(h, {"value": 1}))
    ask(since=date(2026, 8, 1))
    assert publisher.paths == ["/b"]
    ask(since=date(2026, 8, 1), again=frozenset({Origin("a")}))
    assert publisher.paths == ["/b", "/a", "/b"]


def test_part_that_failed_is_asked_for_as_it_was(
    publisher: Publisher, ask: Ask, entry: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What failed in July lacks July, whatever others hold by now; and it is not asked for twice."""

    def requests(entry: Source, since: date | None, today: date) -> list[Request]:
        of = {name: {"technology": name, "period_start": ...} for name in "ab"}
        return [Request(f"{API}/{name}?{since}", f"{name} from {since}", of[name]) for name in "ab"]

    monkeypatch.setattr(sources.module(entry), "requests", requests)
    june, august = date(2026, 6, 1), date(2026, 8, 1)
    publisher.behaviour = {"/b?2026-08-01": lambda h, _: say(h, {"value": 1})}
    publisher.behaviour["/a?2026-06-01"] = lambda h, _: say(h, {"value": 2})
    a, b = ask(since=august, again=frozenset({Origin("a from 2026-06-01", june)}))
    assert publisher.paths == ["/a?2026-06-01", "/b?2026-08-01"]
    assert (a.origin, b.origin) == (Origin("a from 2026-06-01", june), Origin("b from 2026-08-01", august))


def test_page_that_failed_is_asked_for_from_its_first_page_on(
    publisher: Publisher, ask: Ask, entry: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with the star histories: the first answer of a technology leads to its pages, the rest is left alone."""

    def requests(entry: Source, since: date | None, today: date) -> list[Request]:
        whole = [Request(f"{API}/{name}", f"{name} with history") for name in "ab"]
        recent = [Request(f"{API}/{name}?weeks=4", f"{name}, page 1") for name in "ab"]
        return whole if since is None else [*(Request(f"{API}/{name}", name) for name in "ab"), *recent]

    def following(payload: Payload, entry: Source) -> list[Request]:
        name, _, rest = payload.request.part.partition(" ")
        pages = [Request(f"{API}/{name}?page={n}", f"{name}, page {n}") for n in (1, 2)]
        return pages if rest == "with history" else []

    monkeypatch.setattr(sources.module(entry), "requests", requests)
    monkeypatch.setattr(sources.module(entry), "following", following)
    fine = ("/a", "/b", "/a?page=1", "/b?page=1", "/b?page=2", "/a?weeks=4", "/b?weeks=4")
    publisher.behaviour = dict.fromkeys(fine, lambda h, _: say(h, {"value": 1}))
    (failed,) = [answer for answer in ask() if answer.error is not None]
    assert (failed.request.part, failed.origin) == ("a, page 2", Origin("a with history"))
    publisher.asked.clear()
    ask(since=date(2026, 8, 1), again=frozenset({failed.origin}))
    assert publisher.paths == ["/a", "/b", "/b?weeks=4", "/a?page=1", "/a?page=2"]


def test_everything_is_asked_for_where_a_part_is_unknown(
    publisher: Publisher, ask: Ask, entry: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = [Request(f"{API}/a", "a"), Request(f"{API}/b", "b")]
    monkeypatch.setattr(sources.module(entry), "requests", lambda e, s, t: every[1:] if s else every)
    publisher.behaviour = dict.fromkeys(("/a", "/b"), lambda h, _: say(h, {"value": 1}))
    ask(since=date(2026, 8, 1), again=frozenset({Origin("a of old")}))
    assert publisher.paths == ["/a", "/b"]


def test_full_refresh_goes_through_all_slices(
    publisher: Publisher, ask: Ask, entry: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A source that asks for two days at a time: everything is what is held, and the slice that follows on it."""
    first = date(2026, 1, 1)

    def requests(entry: Source, since: date | None, today: date) -> list[Request]:
        start = since + timedelta(days=1) if since else first
        days = [start + timedelta(days=n) for n in range(2)]
        return [Request(f"{API}/{day}", str(day), {"period_start": day}) for day in days]

    monkeypatch.setattr(sources.module(entry), "requests", requests)
    asked = [f"/2026-01-0{n}" for n in range(1, 7)]
    publisher.behaviour = dict.fromkeys(asked, lambda h, _: say(h, {"value": 1}))
    answers = ask(held_until=date(2026, 1, 5))
    assert publisher.paths == asked
    assert [answer.origin.since for answer in answers][::2] == [None, date(2026, 1, 2), date(2026, 1, 4)]
    publisher.asked.clear()
    ask()
    assert publisher.paths == asked[:2]


def test_full_refresh_asks_once_for_what_is_always_asked_for(
    publisher: Publisher, ask: Ask, entry: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    always = [Request(f"{API}/a", "a", {"period_start": date(2025, 1, 1)}), Request(f"{API}/b", "b")]
    monkeypatch.setattr(sources.module(entry), "requests", lambda e, s, t: always)
    publisher.behaviour = dict.fromkeys(("/a", "/b"), lambda h, _: say(h, {"value": 1}))
    ask(held_until=date(2026, 1, 5))
    assert publisher.paths == ["/a", "/b"]


def test_rest_is_not_asked_after_three_failures(
    publisher: Publisher, ask: Ask, entry: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = "abcdef"
    monkeypatch.setattr(sources.module(entry), "requests", lambda e, s, t: [Request(f"{API}/{n}", n) for n in names])
    publisher.behaviour = {f"/{n}": lambda h, _: say(h, status=418) for n in names}
    answers = ask()
    assert publisher.paths == ["/a", "/b", "/c"]
    assert all(isinstance(answer.error, FetchError) for answer in answers)
    assert [answer.asked for answer in answers] == [True] * 3 + [False] * 3


def test_other_address_where_the_first_holds_nothing(
    publisher: Publisher, ask: Ask, entry: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Request(f"{API}/gone", "whole", otherwise=Request(f"{API}/a", "slice"))
    monkeypatch.setattr(sources.module(entry), "requests", lambda e, s, t: [first])
    publisher.behaviour = {"/a": lambda h, _: say(h, {"value": 1})}
    (answer,) = ask()
    assert (answer.request.part, answer.error) == ("slice", None)


def test_token_goes_to_the_publisher_and_nowhere_else(
    publisher: Publisher,
    ask: Ask,
    entry: Source,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    token = {"variable": "EXAMPLE_TOKEN", "header": "Authorization", "prefix": "Bearer "}
    access = Access.model_validate({"documented": API, "per_second": 1000, "token": token})
    keyed = entry.model_copy(update={"access": access})
    publisher.behaviour = {"/a": lambda h, _: say(h, {"value": 1}), "/b": lambda h, _: say(h, status=401)}
    caplog.set_level(logging.DEBUG)
    ask(keyed)
    assert "Authorization" not in publisher.asked[0][1]
    monkeypatch.setenv("EXAMPLE_TOKEN", "s3cr3t")
    a, b = ask(keyed)
    assert publisher.asked[-1][1]["Authorization"] == "Bearer s3cr3t"
    assert "answered 401; if a token is set for this source, check that it is valid" in str(b.error)
    kept = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert "s3cr3t" not in caplog.text + str(a) + str(b)
    assert b"s3cr3t" not in kept


def test_parser_that_breaks_costs_its_part_only(
    publisher: Publisher, ask: Ask, caplog: pytest.LogCaptureFixture
) -> None:
    publisher.behaviour = {"/a": lambda h, _: say(h, [1]), "/b": lambda h, _: say(h, {"value": 2})}
    publisher.behaviour["/a"] = lambda h, _: say(h, 5)  # `in` does not work on a number
    a, b = ask()
    assert "pypl a: a form that nobody foresaw (TypeError" in str(a.error)
    assert "Traceback" in caplog.text
    assert b.error is None


@pytest.fixture
def mirrored(tmp_path: Path) -> requests.Session:
    folder = tmp_path / "mirror" / "api.example.org"
    folder.mkdir(parents=True)
    (folder / "a").write_text('{"value": 1}')
    return http.session(tmp_path / "mirror")


def test_mirror_of_an_api_need_not_hold_everything(entry: Source, mirrored: requests.Session, tmp_path: Path) -> None:
    job = Gather(entry, mirrored, Archive(tmp_path / "payloads"), TODAY)
    a, b = job.answers(None)
    assert (a.error, b.absent) == (None, True)
    plain = Gather(entry.model_copy(update={"access": None}), mirrored, Archive(tmp_path / "payloads"), TODAY)
    assert [answer.absent for answer in plain.answers(None)] == [False, False]


def test_held(entry: Source, mirrored: requests.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    mirror = http.mirror(mirrored)
    assert mirror is not None
    assert gather.held(entry, mirror, TODAY)
    monkeypatch.setattr(sources.module(entry), "requests", lambda e, s, t: [Request(f"{API}/c", "c")])
    assert not gather.held(entry, mirror, TODAY)
    other = Request(f"{API}/c", "c", otherwise=Request(f"{API}/a", "a"))
    monkeypatch.setattr(sources.module(entry), "requests", lambda e, s, t: [other])
    assert gather.held(entry, mirror, TODAY)


def test_large_inputs_are_read_as_tasks(entry: Source, mirrored: requests.Session, tmp_path: Path) -> None:
    large = entry.model_copy(update={"parallel": True, "access": None})
    archive = Archive(tmp_path / "payloads")
    a, b = Gather(large, mirrored, archive, TODAY).answers(None)
    assert _values([a, b]) == [1]
    assert a.payload is not None
    assert (a.payload.content, a.payload.size) == (b"", 12)
    assert isinstance(b.error, NotThere)
    assert archive.find(a.request) is None, "large inputs are not kept"


def test_tasks_keep_the_terms_of_the_run(
    publisher: Publisher,
    entry: Source,
    session: requests.Session,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They tell the contact, and all together have the time of one run: what drips is cut, the rest is not asked."""
    large = entry.model_copy(update={"parallel": True, "access": Access(documented=API, per_second=1000, seconds=1)})
    names = [f"n{number}" for number in range(40)]
    monkeypatch.setattr(sources.module(entry), "requests", lambda e, s, t: [Request(f"{API}/{n}", n) for n in names])

    def drip(handler: BaseHTTPRequestHandler, _: int) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        with suppress(OSError):
            for _ in range(200):
                handler.wfile.write(b" ")
                handler.wfile.flush()
                time.sleep(0.02)

    publisher.behaviour = {f"/{name}": drip for name in names}
    adapter = session.get_adapter(API)
    made = http.session

    def here(folder: Path | None = None) -> requests.Session:
        fresh = made(folder)
        fresh.mount("https://", adapter)
        return fresh

    monkeypatch.setattr(http, "session", here)
    session.headers["User-Agent"] = "Stacktide/0 (test; me@example.org)"
    answers = list(Gather(large, session, Archive(tmp_path / "payloads"), TODAY).answers(None))
    assert len(answers) == len(names)
    assert all(isinstance(answer.error, PausedError) for answer in answers)
    assert 0 < len(publisher.asked) < len(names), "the second batch has no second left"
    assert {headers["User-Agent"] for _, headers, _ in publisher.asked} == {"Stacktide/0 (test; me@example.org)"}


def test_no_cluster_is_told_in_a_sentence(entry: Source, mirrored: requests.Session, tmp_path: Path) -> None:
    large = entry.model_copy(update={"parallel": True})
    job = Gather(large, mirrored, Archive(tmp_path), TODAY, scheduler="udp://nowhere")
    with pytest.raises(UsageError, match=r"There is no Dask scheduler at udp://nowhere"):
        list(job.answers(None))


def test_task_travels(entries: Catalog) -> None:
    entry = entries.source["pypl"]
    again = pickle.loads(pickle.dumps(entry))
    assert again == entry
    assert again.followed("pypi") == entry.followed("pypi") != {}


def test_pace_without_terms_only_knows_the_budget(entries: Catalog) -> None:
    pace = Pace(entries.source["pypl"])
    pace.wait(1)
    with pytest.raises(PausedError, match="time budget of one run is spent"):
        pace.wait(0)
    pace.close()
