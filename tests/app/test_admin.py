"""Who may act on sources, attacked from every side; and what the actions do."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import flask
import pytest
from werkzeug.test import Client, TestResponse

from dashboard import admin
from dashboard.rights import COOKIE, CSRF_HEADER, ELSEWHERE, SESSION_SECONDS, WRONG_A_MINUTE, Guard
from etl import locks, work
from etl.catalog import Catalog
from etl.home import Home
from etl.schedule import Schedules

TOKEN = "correct horse battery staple"
NOON = datetime(2026, 9, 1, 12)  # noqa: DTZ001 - UTC without zone
HOST = "127.0.0.1:8050"
BROWSER = {"Host": HOST, "Origin": f"http://{HOST}", "Sec-Fetch-Site": "same-origin"}
HERE = {"REMOTE_ADDR": "127.0.0.1"}
ACTIONS = [*admin.ACTIONS, "sign-out"]


ACTING: list[Callable[..., None]] = []


def acting(test: Callable[..., None]) -> Callable[..., None]:
    """Mark a test that changes something."""
    ACTING.append(test)
    return test


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


Serve = Callable[..., Client]


@pytest.fixture
def serve(home: Home, entries: Catalog, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Serve:
    """The actions alone, in an app of their own: Dash has one set of callbacks per process."""

    def made(token: str | None = None, bound: str | None = "127.0.0.1", upstream: Path | None = None) -> Client:
        monkeypatch.delenv("STACKTIDE_ADMIN_TOKEN", raising=False)
        if token is not None:
            monkeypatch.setenv("STACKTIDE_ADMIN_TOKEN", token)
        server = flask.Flask("test")
        admin.register(server, home, entries, bound, clock, upstream)
        return Client(server)

    return made


def session(client: Client, headers: dict[str, str] = BROWSER, environ: dict[str, str] = HERE) -> dict[str, Any]:
    answer = client.get("/admin/session", headers=headers, environ_overrides=environ)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    return dict(answer.get_json())


def post(
    client: Client,
    action: str,
    body: Any = None,
    *,
    csrf: str | None = None,
    headers: dict[str, str] = BROWSER,
    environ: dict[str, str] = HERE,
) -> TestResponse:
    sent = headers | ({CSRF_HEADER: csrf} if csrf is not None else {})
    said = {"source": "pypl"} if body is None else body
    return client.post(f"/admin/{action}", json=said, headers=sent, environ_overrides=environ)


def error(answer: TestResponse) -> str:
    """The one sentence of a refusal."""
    said = answer.get_json()
    assert set(said) == {"error"}
    assert said["error"].endswith((".", "?"))
    return str(said["error"])


@pytest.fixture
def signed_in(serve: Serve) -> tuple[Client, str]:
    """A client with a session, and its word."""
    client = serve(TOKEN)
    assert post(client, "sign-in", {"token": TOKEN}).status_code == 200
    return client, session(client)["csrf"]


@pytest.fixture(autouse=True)
def _nothing_happened(request: pytest.FixtureRequest, home: Home, entries: Catalog) -> Iterator[None]:
    """No attack changes anything; tests that act are marked."""
    yield
    if request.function not in ACTING and (home.path / "state.sqlite").exists():
        assert all(s.origin == "default" and not s.paused for s in Schedules(home.state, entries, Clock()).all())
        assert not home.runs.list()
        assert not (home.path / "progress").exists()


# ---- with a token ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ACTIONS)
def test_with_a_token_nobody_acts_without_it(serve: Serve, action: str) -> None:
    client = serve(TOKEN)
    assert session(client) == {"way": "sign in", "csrf": None}
    answer = post(client, action)
    assert answer.status_code == 401
    assert "sign in" in error(answer)


@pytest.mark.parametrize("given", ["", TOKEN[:-1], TOKEN + " ", TOKEN.upper(), None, 7, ["x"], "\ud800"])
def test_a_wrong_token(serve: Serve, given: Any) -> None:
    client = serve(TOKEN)
    answer = post(client, "sign-in", {"token": given})
    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers
    assert TOKEN not in answer.text
    assert session(client)["way"] == "sign in"


def test_tokens_are_compared_in_constant_time(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    real = __import__("hmac").compare_digest
    monkeypatch.setattr("dashboard.rights.hmac.compare_digest", lambda a, b: compared.append((a, b)) or real(a, b))
    post(serve(TOKEN), "sign-in", {"token": "x"})
    assert [len(each) for pair in compared for each in pair] == [32, 32]


def test_the_cookie(serve: Serve) -> None:
    answer = post(serve(TOKEN), "sign-in", {"token": TOKEN})
    sent = answer.headers["Set-Cookie"]
    assert sent.startswith(f"{COOKIE}=")
    for part in ("HttpOnly", "SameSite=Strict", "Path=/admin", f"Max-Age={SESSION_SECONDS}"):
        assert part in sent
    assert "Secure" not in sent
    assert TOKEN not in answer.text + sent


@pytest.mark.parametrize(
    "headers", [{"X-Forwarded-Proto": "https"}, {"Origin": f"https://{HOST}"}], ids=["proxy", "origin"]
)
def test_over_https_the_cookie_is_for_https_only(serve: Serve, headers: dict[str, str]) -> None:
    answer = post(serve(TOKEN), "sign-in", {"token": TOKEN}, headers=BROWSER | headers)
    assert "Secure" in answer.headers["Set-Cookie"]


def test_a_session_ends(signed_in: tuple[Client, str], clock: Clock) -> None:
    client, csrf = signed_in
    clock.now += timedelta(seconds=SESSION_SECONDS - 1)
    assert session(client)["way"] == "token"
    clock.now += timedelta(seconds=1)
    answer = post(client, "pause", csrf=csrf)
    assert answer.status_code == 401
    assert session(client) == {"way": "sign in", "csrf": None}


def test_signing_out(signed_in: tuple[Client, str]) -> None:
    client, csrf = signed_in
    assert post(client, "sign-out", {}, csrf=csrf).status_code == 200
    assert session(client)["way"] == "sign in"


def cookie(client: Client) -> str:
    """The value of the session cookie that the client holds."""
    found = client.get_cookie(COOKIE, "127.0.0.1", "/admin")
    assert found is not None
    return found.value


def hold(client: Client, value: str) -> None:
    client.set_cookie(COOKIE, value, domain="127.0.0.1", path="/admin")


def forgeries(real: str, home: Home) -> Iterator[str]:
    payload, _, signature = real.partition(".")
    yield ""
    yield payload
    yield f"{payload}.{signature[:-2]}AA"
    yield f"{payload[:-2]}AA.{signature}"
    yield json.dumps({"session": "x", "until": 9e12})
    for token in ("", "another token"):
        other = Guard(home, token, None, lambda: NOON)
        yield str(other._signer.dumps({"session": "x", "until": 2_000_000_000}))


def test_forged_cookies(signed_in: tuple[Client, str], home: Home) -> None:
    client, csrf = signed_in
    real = cookie(client)
    forged = list(forgeries(real, home))
    assert len(forged) == 7
    for value in forged:
        hold(client, value)
        assert session(client)["way"] == "sign in"
        assert post(client, "pause", csrf=csrf).status_code == 401
    hold(client, real)
    assert session(client)["way"] == "token"


def test_a_session_holds_in_every_process_and_ends_with_its_token(signed_in: tuple[Client, str], serve: Serve) -> None:
    client, _ = signed_in
    for token, way in ((TOKEN, "token"), ("a new token", "sign in")):
        other = serve(token)
        hold(other, cookie(client))
        assert session(other)["way"] == way


def test_wrong_tokens_are_limited_by_address(serve: Serve, clock: Clock) -> None:
    client, elsewhere = serve(TOKEN), {"REMOTE_ADDR": "192.0.2.7"}
    for _ in range(WRONG_A_MINUTE):
        assert post(client, "sign-in", {"token": "guess"}).status_code == 401
    answer = post(serve(TOKEN), "sign-in", {"token": TOKEN})  # another process, and the right one even
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert "Too many wrong tokens" in error(answer)
    assert post(client, "sign-in", {"token": TOKEN}, environ=elsewhere).status_code == 200
    clock.now += timedelta(seconds=61)
    assert post(client, "sign-in", {"token": TOKEN}).status_code == 200


def test_wrong_tokens_are_limited_in_all(serve: Serve) -> None:
    client = serve(TOKEN)
    codes = [
        post(client, "sign-in", {"token": "guess"}, environ={"REMOTE_ADDR": f"192.0.2.{n}"}).status_code
        for n in range(62)
    ]
    assert codes == [401] * 60 + [429] * 2
    neighbours = [{"REMOTE_ADDR": f"2001:db8::{n}"} for n in range(3)]
    assert {post(client, "sign-in", {"token": TOKEN}, environ=each).status_code for each in neighbours} == {429}


def test_without_a_token_nobody_signs_in(serve: Serve) -> None:
    answer = post(serve(None), "sign-in", {"token": ""})
    assert answer.status_code == 403
    assert "STACKTIDE_ADMIN_TOKEN" in error(answer)


# ---- from another site -----------------------------------------------------------------------------------------------

FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": None, "Origin": "http://evil.example"},
    {"Sec-Fetch-Site": None, "Origin": "http://127.0.0.1:3000"},
    {"Sec-Fetch-Site": None, "Origin": "null"},
    {"Sec-Fetch-Site": None, "Origin": None},
    {"Sec-Fetch-Site": None, "Origin": "null", "Host": ""},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://evil.example"},
]


def changed(headers: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in {**BROWSER, **headers}.items() if value is not None}


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
@pytest.mark.parametrize("token", [TOKEN, None], ids=["token", "local"])
def test_a_request_of_another_site(serve: Serve, token: str | None, headers: dict[str, str | None]) -> None:
    client = serve(token)
    if token:
        post(client, "sign-in", {"token": TOKEN})
    csrf = session(client)["csrf"]
    assert csrf
    answer = post(client, "pause", csrf=csrf, headers=changed(headers))
    assert answer.status_code == 403
    assert "does not come from this dashboard" in error(answer)
    assert post(client, "sign-in", {"token": TOKEN}, headers=changed(headers)).status_code == 403


@pytest.mark.parametrize("token", [TOKEN, None], ids=["token", "local"])
def test_the_word_of_the_page_is_needed(serve: Serve, token: str | None) -> None:
    client = serve(token)
    if token:
        post(client, "sign-in", {"token": TOKEN})
    csrf = session(client)["csrf"]
    for word in (None, "", csrf[:-1], csrf[::-1], "é"):
        answer = post(client, "pause", csrf=word and word.encode().decode("latin-1"))
        assert answer.status_code == 403
        assert "reload" in error(answer)
    assert session(client, BROWSER | {"Sec-Fetch-Site": "cross-site"}) == {"way": "none", "csrf": None}


def test_the_word_belongs_to_its_session(signed_in: tuple[Client, str], serve: Serve) -> None:
    _, csrf = signed_in
    other = serve(TOKEN)
    post(other, "sign-in", {"token": TOKEN})
    assert session(other)["csrf"] != csrf
    assert post(other, "pause", csrf=csrf).status_code == 403


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_what_a_form_can_send_is_refused(signed_in: tuple[Client, str], content_type: str) -> None:
    client, csrf = signed_in
    answer = client.post(
        "/admin/pause",
        data='{"source": "pypl"}',
        headers=BROWSER | {CSRF_HEADER: csrf},
        content_type=content_type,
        environ_overrides=HERE,
    )
    assert answer.status_code == 415


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
def test_other_methods_do_nothing(signed_in: tuple[Client, str], method: str) -> None:
    client, csrf = signed_in
    for action in [*ACTIONS, "sign-in"]:
        sent = BROWSER | {CSRF_HEADER: csrf}
        answer = client.open(f"/admin/{action}?source=pypl", method=method, headers=sent, environ_overrides=HERE)
        assert answer.status_code == 405
        assert answer.headers["Allow"] == "POST"


# ---- without a token -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1:8050", "localhost", "localhost:8050", "[::1]:8050", "LOCALHOST:1"])
def test_this_machine_may(serve: Serve, host: str) -> None:
    client = serve(None, bound="127.0.0.1")
    own = BROWSER | {"Host": host, "Origin": f"http://{host}"}
    rights = session(client, own)
    assert rights["way"] == "local"
    answer = post(client, "pause", {"source": "none"}, csrf=rights["csrf"], headers=own)
    assert answer.status_code == 400  # it came as far as the source


AWAY = [
    ("another machine", "127.0.0.1", {"REMOTE_ADDR": "192.0.2.7"}, {}),
    ("no address", "127.0.0.1", {"REMOTE_ADDR": ""}, {}),
    ("bound to all", "0.0.0.0", HERE, {}),
    ("bound to all of IPv6", "::", HERE, {}),
    ("bound to a network", "192.0.2.1", HERE, {}),
    ("bound nowhere that is known", None, HERE, {}),
    ("another name", "127.0.0.1", HERE, {"Host": "evil.example", "Origin": "http://evil.example"}),
    ("a name that begins so", "127.0.0.1", HERE, {"Host": "localhost.evil.example:8050"}),
    ("a name that ends so", "127.0.0.1", HERE, {"Host": "evil.localhost:8050"}),
    ("another loopback", "127.0.0.1", HERE, {"Host": "127.0.0.2:8050"}),
    ("no name", "127.0.0.1", HERE, {"Host": ""}),
    ("X-Forwarded-For", "127.0.0.1", HERE, {"X-Forwarded-For": "127.0.0.1"}),
    ("X-Forwarded-Host", "127.0.0.1", HERE, {"X-Forwarded-Host": "localhost"}),
    ("Forwarded", "127.0.0.1", HERE, {"Forwarded": "for=127.0.0.1"}),
    ("X-Real-IP", "127.0.0.1", HERE, {"X-Real-IP": "127.0.0.1"}),
    ("Via", "127.0.0.1", HERE, {"Via": "1.1 proxy"}),
]


@pytest.mark.parametrize(("bound", "environ", "headers"), [case[1:] for case in AWAY], ids=[case[0] for case in AWAY])
def test_nobody_else_may(serve: Serve, bound: str | None, environ: dict[str, str], headers: dict[str, str]) -> None:
    csrf = session(serve(None))["csrf"]
    client = serve(None, bound=bound)
    sent = BROWSER | headers
    sent["Origin"] = f"http://{sent['Host']}"
    assert session(client, sent, environ) == {"way": "none", "csrf": None}
    for action in admin.ACTIONS:
        answer = post(client, action, csrf=csrf, headers=sent, environ=environ)
        assert answer.status_code == 403
        assert error(answer) == ELSEWHERE or not sent["Host"]


def test_a_name_that_leads_here_gets_no_word(serve: Serve) -> None:
    """DNS rebinding: to the browser, the page of evil.example and this server are one site."""
    rebound = BROWSER | {"Host": "evil.example:8050", "Origin": "http://evil.example:8050"}
    assert session(serve(None), rebound) == {"way": "none", "csrf": None}


# ---- what the actions do ---------------------------------------------------------------------------------------------


@pytest.fixture
def act(serve: Serve, pypl_mirror: Callable[[Path], Path], tmp_path: Path) -> Callable[..., TestResponse]:
    """Carry out an action as who may; refreshes read a mirror."""
    client = serve(None, upstream=pypl_mirror(tmp_path / "mirror"))
    csrf = session(client)["csrf"]

    def made(action: str, **body: Any) -> TestResponse:
        return post(client, action, body, csrf=csrf)

    return made


Act = Callable[..., TestResponse]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"source": "pypi"}, "There is no source `pypi`"),
        ({"source": ""}, "The field source is missing"),
        ({"source": 7}, "The field source is missing"),
        ({}, "The field source is missing"),
        ({"source": "../../etc"}, "There is no source"),
    ],
)
def test_a_source_that_is_none(act: Act, body: dict[str, Any], told: str) -> None:
    for action in admin.ACTIONS:
        answer = act(action, **body)
        assert answer.status_code == 400
        assert told in error(answer)


@pytest.mark.parametrize(
    ("action", "body", "told"),
    [
        ("set", {"cron": "61 * * * *", "timezone": "UTC"}, "The field minute of the cron text (`61`)"),
        ("set", {"cron": "* * *", "timezone": "UTC"}, "has 3 fields, but needs five"),
        ("set", {"cron": "", "timezone": "UTC"}, "The field cron is missing"),
        ("set", {"cron": "0 1 * * *", "timezone": "Europe/Berln"}, "did you mean `Europe/Berlin`"),
        ("every", {"hours": 0}, "0 hours cannot be scheduled"),
        ("every", {"hours": "12"}, "The number of hours is missing"),
        ("every", {"hours": True}, "The number of hours is missing"),
        ("every", {"hours": None}, "The number of hours is missing"),
        ("every", {"hours": 1e300}, "cannot be scheduled"),
        ("cancel", {}, "No refresh of pypl that can be cancelled"),
    ],
)
def test_what_cannot_be_is_one_sentence(act: Act, action: str, body: dict[str, Any], told: str) -> None:
    answer = act(action, source="pypl", **body)
    assert answer.status_code == 400
    assert told in error(answer)


def test_no_such_action_and_no_object(serve: Serve) -> None:
    client = serve(None)
    csrf = session(client)["csrf"]
    assert post(client, "delete", csrf=csrf).status_code == 404
    assert post(client, "pause", ["pypl"], csrf=csrf).status_code == 400
    assert post(client, "pause", {"source": "x" * 20_000}, csrf=csrf).status_code in (400, 413)


@acting
def test_schedules(act: Act, home: Home, entries: Catalog, clock: Clock) -> None:
    schedules = Schedules(home.state, entries, clock)
    assert act("set", source="pypl", cron="30 5 * * mon", timezone="Europe/Berlin").get_json() == {
        "said": "Saved: on Mondays at 05:30 Europe/Berlin."
    }
    assert (schedules.of("pypl").cron, schedules.of("pypl").timezone) == ("30 5 * * mon", "Europe/Berlin")
    assert "It is paused." in act("pause", source="pypl").get_json()["said"]
    assert schedules.of("pypl").paused
    act("resume", source="pypl")
    assert not schedules.of("pypl").paused
    act("every", source="pypl", hours=12)
    assert schedules.of("pypl").hours == 12
    act("clear", source="pypl")
    assert schedules.of("pypl").origin == "default"


def ended(home: Home, count: int) -> list[dict[str, Any]]:
    until = time.monotonic() + 30
    while True:
        runs = [dict(run) for run in home.runs.list(source="pypl")]
        if len(runs) == count and runs[0]["outcome"] != "running" and not work.under_way(home):
            return runs
        assert time.monotonic() < until, runs
        time.sleep(0.1)


@acting
def test_refresh_now_one_at_a_time(act: Act, serve: Serve, home: Home) -> None:
    assert act("refresh", source="pypl").get_json() == {"said": "The refresh of pypl begins."}
    answer = act("refresh", source="pypl")  # at once: the process has not even said so itself
    assert answer.status_code == 409
    assert "under way already (manual, since 12:00:00 UTC)" in error(answer)
    public = serve(None, bound="0.0.0.0").get("/api/refreshes", environ_overrides={"REMOTE_ADDR": "192.0.2.7"})
    assert [each["source"] for each in public.get_json()["refreshes"]] == ["pypl"]
    (run,) = ended(home, 1)
    assert (run["outcome"], run["trigger"]) == ("partial", "manual")  # the mirror holds one part
    newest = serve(None).get("/api/refreshes").get_json()
    assert newest == {"refreshes": [], "newest_run": {"id": run["id"], "source": "pypl", "outcome": "partial"}}


@acting
def test_cancel_keeps_the_last_good_state(act: Act, home: Home) -> None:
    act("refresh", source="pypl")
    ended(home, 1)
    version = home.store.version()
    act("refresh", source="pypl")
    until = time.monotonic() + 20
    while len(home.runs.list()) < 2:  # it has begun, and not ended
        assert time.monotonic() < until
        time.sleep(0.01)
    answer = act("cancel", source="pypl")
    runs = ended(home, 2)
    if answer.status_code == 200:  # else it was faster
        assert runs[0]["outcome"] in ("interrupted", "partial")
    assert home.store.version() == version
    assert act("cancel", source="pypl").status_code == 400


def test_a_refresh_from_a_shell_is_under_way(act: Act, home: Home) -> None:
    with locks.held(home.lock("pypl"), "refresh of pypl", lambda: NOON):
        answer = act("refresh", source="pypl")
    assert answer.status_code == 409
    assert "under way already (process " in error(answer)
