"""Notifications: sent to real servers of this machine, once per change, and again when they were not taken."""

import email
import email.policy
import json
import logging
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from etl import config, http, notify
from etl.catalog import Catalog
from etl.config import Settings
from etl.errors import SendError
from etl.exports import Export, Exports
from etl.home import Home
from etl.runs import Outcome, Run
from etl.state import HEALTH

NOON = datetime(2026, 9, 1, 12)  # noqa: DTZ001 - UTC without zone, as in the run history


@dataclass
class Webhook:
    """What a local web server was sent, and how it answers."""

    url: str = ""
    status: int = 204
    got: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def told(self) -> list[tuple[str, str]]:
        """(source, event) of all that it took."""
        return [(change["source"], change["event"]) for document in self.got for change in document["changes"]]


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    hook = Webhook()

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if 200 <= hook.status < 300:
                hook.got.append(json.loads(body))
                hook.headers.append(dict(self.headers))
            self.send_response(hook.status)
            if hook.status == 307:
                self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Nothing on standard error."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        hook.url = f"http://127.0.0.1:{server.server_address[1]}/hooks/secret-of-the-hook"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield hook
        server.shutdown()
        thread.join()


@pytest.fixture
def small(entries: Catalog) -> Catalog:
    """Two monthly sources."""
    sources = [entries.source["pypl"], entries.source["top_pypi"]]
    return Catalog(technologies=entries.technologies, use_cases=entries.use_cases, sources=sources, shared_breaks=[])


@pytest.fixture
def used(home: Home, observations: Callable[..., pd.DataFrame]) -> Home:
    """A home in which both sources are fresh at noon."""
    newest = {"pypl": "pypl_languages", "top_pypi": "top_pypi_downloads"}
    frames = [observations(source=s, indicator=i, period_start=["2026-08-01"]) for s, i in newest.items()]
    for source, frame in zip(newest, frames, strict=True):
        home.store.replace(frame, source=source)
        ended(home, source, "updated")
    return home


def ended(home: Home, source: str, outcome: Outcome, error: str | None = None, now: datetime = NOON) -> None:
    run = home.runs.begin(Run(source=source, trigger="manual", started=now))
    run.outcome, run.finished, run.error = outcome, now, error
    home.runs.end(run)


def settings(**given: Any) -> Settings:
    return config.Settings(**given)


def states(home: Home) -> dict[str, tuple[str, datetime]]:
    with home.state.reading() as connection:
        return {row.source: (row.state, row.since) for row in connection.execute(sa.select(HEALTH))}


def test_nothing_to_tell(used: Home, small: Catalog, webhook: Webhook) -> None:
    assert notify.after(used, small, settings(webhook_url=webhook.url), NOON) == 0
    assert webhook.got == []
    assert states(used) == {"pypl": ("fresh", NOON), "top_pypi": ("fresh", NOON)}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_each_change_is_told_once(
    kind: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    small: Catalog,
    webhook: Webhook,
) -> None:
    if kind == "postgresql":
        monkeypatch.setenv("STACKTIDE_STATE_URL", request.getfixturevalue("new_postgresql"))
    home: Home = request.getfixturevalue("used")
    assert home.state.backend == kind
    ours = settings(webhook_url=webhook.url)
    story: list[tuple[Outcome, str | None]] = [
        ("failed", "failed"),
        ("failed", None),
        ("refused", None),  # still the same state
        ("updated", "recovered"),
        ("unchanged", None),
        ("refused", "refused"),
        ("partial", "recovered"),
    ]
    for step, (outcome, told) in enumerate(story):
        now = NOON + timedelta(hours=step)
        ended(home, "pypl", outcome, f"error {step}", now)
        for _ in range(2):
            notify.after(home, small, ours, now)
        assert webhook.told() == ([("pypl", told)] if told else []), step
        if told:
            (change,) = webhook.got[0]["changes"]
            assert change["since"] == now.isoformat()
            assert change["title"] == small.source["pypl"].title
        webhook.got.clear()
    home.state.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_each_change_of_an_export_is_told_once(
    kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, small: Catalog, webhook: Webhook
) -> None:
    if kind == "postgresql":
        monkeypatch.setenv("STACKTIDE_STATE_URL", request.getfixturevalue("new_postgresql"))
    home: Home = request.getfixturevalue("used")
    ours, exports = settings(webhook_url=webhook.url), Exports(home.state, lambda: NOON)
    exports.add(Export("web", "", "csv", "out", NOON, cron="0 5 * * *"))
    story = [(None, None), ("failed", "failed"), ("failed", None), ("written", "recovered"), ("written", None)]
    for step, (outcome, told) in enumerate(story):
        now = NOON + timedelta(hours=step)
        if outcome is not None:
            file, error = ("out/web-1.csv", None) if outcome == "written" else (None, f"error {step}.")
            exports.end(replace(exports.begin("web", "schedule"), outcome=outcome, error=error, file=file, rows=7))  # type: ignore[arg-type]
        for _ in range(2):
            notify.after(home, small, ours, now)
        changes = [change for document in webhook.got for change in document["changes"]]
        assert [(change["export"], change["event"]) for change in changes] == ([("web", told)] if told else []), step
        if told == "failed":
            why = "The run of 2026-09-01 failed: error 1."
            assert webhook.got[0]["text"] == f"The export web fails. {why}"
            (change,) = changes
            assert change == {
                "export": "web",
                "event": "failed",
                "state": "failing",
                "since": now.isoformat(),
                "why": why,
                "file": None,
                "run": 1,
            }
        elif told:
            assert (
                webhook.got[0]["text"] == "The export web has recovered. It wrote web-1.csv with 7 rows on 2026-09-01."
            )
        webhook.got.clear()
    assert states(home)["export:web"][0] == "good"
    exports.remove("web")
    assert states(home).keys() == set(small.source)
    home.state.close()


def test_a_mail_about_an_export() -> None:
    about = notify.ExportChange("web", "failed", "failing", NOON.isoformat(), "The disk is full.", None, 1)
    ours = settings(smtp_host="localhost", mail_from="a@example.org", mail_to="b@example.org")
    one = notify.mail([about], NOON, ours)
    assert one["Subject"] == "Stacktide: export web failed"
    assert one.get_content() == "The export web fails. The disk is full.\n"
    source = notify.Change("pypl", "PYPL", "stale", "stale", NOON.isoformat(), "Old.", None, None)
    assert notify.mail([source, about], NOON, ours)["Subject"] == "Stacktide: 2 sources and exports changed"
    assert notify.mail([source, source], NOON, ours)["Subject"] == "Stacktide: 2 sources changed"


def test_stale_by_time_alone_then_recovered(
    used: Home, small: Catalog, webhook: Webhook, observations: Callable[..., pd.DataFrame]
) -> None:
    ours = settings(webhook_url=webhook.url)
    later = NOON + timedelta(days=60)
    ended(used, "top_pypi", "updated", now=later)
    notify.after(used, small, ours, later)
    assert webhook.told() == [("pypl", "stale"), ("top_pypi", "stale")]
    assert len(webhook.got) == 1  # one message for what is told at one time
    ended(used, "pypl", "failed", "No connection.", later)
    notify.after(used, small, ours, later)
    assert webhook.told()[2:] == [("pypl", "failed")]
    used.store.replace(observations(period_start=["2026-10-01"]), source="pypl")
    ended(used, "pypl", "updated", now=later)
    notify.after(used, small, ours, later)
    assert webhook.told()[3:] == [("pypl", "recovered")]


def test_what_a_webhook_gets(used: Home, small: Catalog, webhook: Webhook) -> None:
    ended(used, "pypl", "failed", "pypl: no connection.")
    notify.after(used, small, settings(webhook_url=webhook.url), NOON)
    (document,) = webhook.got
    title = small.source["pypl"].title
    why = "The run of 2026-09-01 failed: pypl: no connection."
    assert document.pop("version")
    assert document == {
        "product": "stacktide",
        "at": "2026-09-01T12:00:00Z",
        "text": f"{title} (pypl) fails to refresh. {why}",
        "changes": [
            {
                "source": "pypl",
                "title": title,
                "event": "failed",
                "state": "failing",
                "since": "2026-09-01T12:00:00",
                "why": why,
                "newest_period": "2026-08-01",
                "run": 3,
            }
        ],
    }
    assert webhook.headers[0]["Content-Type"] == "application/json"


@pytest.mark.parametrize("status", [500, 404, 307])
def test_what_is_not_taken_is_logged_and_tried_again(
    used: Home, small: Catalog, webhook: Webhook, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    ours = settings(webhook_url=webhook.url)
    ended(used, "pypl", "failed", "No.")
    webhook.status = status
    with caplog.at_level(logging.WARNING):
        assert notify.after(used, small, ours, NOON) == 0
    assert f"by webhook was not sent and is tried again next time: The webhook answered {status}" in caplog.text
    assert "secret-of-the-hook" not in caplog.text
    webhook.status = 200
    assert [notify.after(used, small, ours, NOON) for _ in range(2)] == [1, 0]
    assert webhook.told() == [("pypl", "failed")]


def test_a_recovery_before_anybody_was_told_is_no_news(used: Home, small: Catalog, webhook: Webhook) -> None:
    ours = settings(webhook_url=webhook.url)
    webhook.status = 500
    ended(used, "pypl", "failed", "No.")
    notify.after(used, small, ours, NOON)
    webhook.status = 200
    ended(used, "pypl", "updated")
    assert notify.after(used, small, ours, NOON) == 0


def test_a_webhook_that_is_not_there(used: Home, small: Catalog, caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/secret"
    ended(used, "pypl", "failed", "No.")
    with caplog.at_level(logging.DEBUG):
        assert notify.after(used, small, settings(webhook_url=url), NOON) == 0
    assert "could not be reached (ConnectionError): check `webhook_url`" in caplog.text
    assert "/secret" not in caplog.text


@pytest.mark.parametrize("url", ["no address", "ftp://example.org/x", "http://", "http://[::1"])
def test_a_webhook_address_that_is_none(url: str) -> None:
    with pytest.raises(SendError, match="could not be reached"):
        http.post(url, {})


def test_a_webhook_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_POST_TIMEOUT_SECONDS", 0.3)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(SendError, match=r"could not be reached \((ConnectionError|ReadTimeout)\)"):
            http.post(f"http://127.0.0.1:{silent.getsockname()[1]}/", {})


def test_a_webhook_that_answers_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte now and then never lets the silence grow long; the whole is limited, too."""
    monkeypatch.setattr(http, "_POST_TIMEOUT_SECONDS", 0.5)
    done = threading.Event()

    def drip(listener: socket.socket) -> None:
        with listener.accept()[0] as connection, suppress(OSError):
            while not done.wait(0.05):
                connection.sendall(b"H")

    with socket.socket() as slow:
        slow.bind(("127.0.0.1", 0))
        slow.listen()
        thread = threading.Thread(target=drip, args=(slow,))
        thread.start()
        began = time.monotonic()
        with pytest.raises(SendError, match="could not be reached"):
            http.post(f"http://127.0.0.1:{slow.getsockname()[1]}/", {})
        assert time.monotonic() - began < 3
        done.set()
        thread.join()


def test_who_looks_at_once_tells_once(used: Home, small: Catalog, webhook: Webhook) -> None:
    ended(used, "pypl", "failed", "No.")
    ours = settings(webhook_url=webhook.url)
    with ThreadPoolExecutor(6) as pool:
        sent = list(pool.map(lambda _: notify.after(Home(used.path), small, ours, NOON), range(6)))
    assert sum(sent) == 1
    assert webhook.told() == [("pypl", "failed")]


def test_a_state_that_cannot_be_read_is_logged(
    home: Home, small: Catalog, webhook: Webhook, caplog: pytest.LogCaptureFixture
) -> None:
    (home.path / "state.sqlite").write_bytes(b"this is no database, but long enough to be looked at. " * 40)
    with caplog.at_level(logging.WARNING):
        assert notify.after(home, small, settings(webhook_url=webhook.url), NOON) == 0
    assert "nobody could be told how the sources are" in caplog.text


class Mailbox:
    """A mail server's handler that keeps what it is sent."""

    def __init__(self) -> None:
        self.got: list[EmailMessage] = []
        self.tls: list[bool] = []
        self.users: list[str] = []
        self.refuse = False

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refuse:
            return "451 not now"
        parsed = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        self.got.append(parsed)
        self.tls.append(session.ssl is not None)
        return "250 OK"

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.users.append(data.login.decode())
        return AuthResult(success=data.password == b"right", handled=False)


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


Server = Callable[..., dict[str, Any]]


@pytest.fixture
def mail_server(mailbox: Mailbox) -> Iterator[Server]:
    """Start a mail server; gives the settings that lead to it."""
    started: list[Controller] = []

    def start(**options: Any) -> dict[str, Any]:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        controller = Controller(mailbox, hostname="127.0.0.1", port=port, **options)
        controller.start()
        started.append(controller)
        addresses = {"mail_from": "stacktide@example.org", "mail_to": "ada@example.org, grace@example.org"}
        return {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_tls": False, **addresses}

    yield start
    for controller in started:
        controller.stop()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1, signed by itself, and its key."""
    folder = tmp_path_factory.mktemp("certificate")
    made, key = folder / "certificate.pem", folder / "key.pem"
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=stacktide"
    named = ["-addext", "subjectAltName=IP:127.0.0.1", "-out", str(made), "-keyout", str(key)]
    subprocess.run(["openssl", *words.split(), *named], check=True, capture_output=True, timeout=30)
    return made, key


def test_mail(used: Home, small: Catalog, mail_server: Server, mailbox: Mailbox) -> None:
    ours = settings(**mail_server())
    ended(used, "pypl", "failed", "pypl: größer als erlaubt.")
    assert [notify.after(used, small, ours, NOON) for _ in range(2)] == [1, 0]
    (message,) = mailbox.got
    assert message["Subject"] == "Stacktide: pypl failed"
    assert message["From"] == "stacktide@example.org"
    assert message["To"] == "ada@example.org, grace@example.org"
    assert message["Date"].datetime == NOON
    assert message["Message-ID"].endswith("@example.org>")
    assert message.get_content().rstrip().endswith("The run of 2026-09-01 failed: pypl: größer als erlaubt.")
    for source in ("pypl", "top_pypi"):
        ended(used, source, "refused" if source == "top_pypi" else "updated", "Too many.")
    notify.after(used, small, ours, NOON)
    assert mailbox.got[1]["Subject"] == "Stacktide: 2 sources changed"
    told = mailbox.got[1].get_content()
    assert "(pypl) has recovered." in told
    assert "(top_pypi) is refused by the checks." in told


def test_mail_is_encrypted_and_the_server_known(
    used: Home,
    small: Catalog,
    mail_server: Server,
    mailbox: Mailbox,
    certificate: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    given = mail_server(
        tls_context=context, require_starttls=True, auth_required=True, authenticator=mailbox.authenticate
    )
    given |= {"smtp_tls": True, "smtp_user": "stacktide", "smtp_password": "wrong"}
    ended(used, "pypl", "failed", "No.")

    assert notify.after(used, small, settings(**given), NOON) == 0
    assert "did not take the message (SSLCertVerificationError)" in caplog.text

    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    assert notify.after(used, small, settings(**given), NOON) == 0
    assert "did not take the message (SMTPAuthenticationError 535)" in caplog.text
    assert (mailbox.got, set(mailbox.users)) == ([], {"stacktide"})
    assert "wrong" not in caplog.text

    assert notify.after(used, small, settings(**given | {"smtp_password": "right"}), NOON) == 1
    assert mailbox.tls == [True]


def test_mail_is_not_sent_in_the_clear_where_it_must_not(
    used: Home, small: Catalog, mail_server: Server, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    ended(used, "pypl", "failed", "No.")
    assert notify.after(used, small, settings(**mail_server() | {"smtp_tls": True}), NOON) == 0
    assert mailbox.got == []
    assert "did not take the message (SMTPNotSupportedError)" in caplog.text


def test_one_way_that_is_closed_does_not_close_the_other(
    used: Home, small: Catalog, webhook: Webhook, mail_server: Server, mailbox: Mailbox
) -> None:
    ours = settings(webhook_url=webhook.url, **mail_server())
    ended(used, "pypl", "failed", "No.")
    mailbox.refuse = True
    assert notify.after(used, small, ours, NOON) == 1
    assert (len(webhook.got), len(mailbox.got)) == (1, 0)
    mailbox.refuse = False
    assert [notify.after(used, small, ours, NOON) for _ in range(2)] == [1, 0]
    assert (len(webhook.got), len(mailbox.got)) == (1, 1)
