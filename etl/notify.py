"""Tells people, by webhook and e-mail, when a source or an export begins to fail (or is stale), and has recovered.

A change is told once by each way that is configured, whoever looks first: a process claims it in the table of the
states before it sends. What cannot be sent is given back, and tried again at the next occasion.
"""

import json
import logging
import smtplib
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Any, Final, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from etl import __version__, exporting, http
from etl.catalog import Catalog
from etl.config import Settings
from etl.errors import SendError, StacktideError
from etl.exporting import Standing
from etl.health import BAD, Health, survey
from etl.home import Home
from etl.logs import masked
from etl.state import HEALTH, State

Event = Literal["failed", "refused", "stale", "recovered"]
Send = Callable[["Sequence[Change | ExportChange]", datetime], None]

_TIMEOUT_SECONDS: Final = 10
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Change:
    """What is told of one source; `since` is when it was first seen in its state (UTC, ISO 8601)."""

    source: str
    title: str
    event: Event
    state: str
    since: str
    why: str
    newest_period: str | None
    run: int | None

    def sentence(self) -> str:
        """The change in words."""
        verb = {
            "failed": "fails to refresh",
            "refused": "is refused by the checks",
            "stale": "is stale",
            "recovered": "has recovered",
        }[self.event]
        return f"{self.title} ({self.source}) {verb}. {self.why}"

    @property
    def key(self) -> str:
        """Its key in the table of states."""
        return self.source


@dataclass(frozen=True)
class ExportChange:
    """What is told of a scheduled export; `file` is what it wrote last, `run` the run that it is about."""

    export: str
    event: Event
    state: str
    since: str
    why: str
    file: str | None
    run: int | None

    def sentence(self) -> str:
        """The change in words."""
        verb = "has recovered" if self.event == "recovered" else "fails"
        return f"The export {self.export} {verb}. {self.why}"

    @property
    def key(self) -> str:
        """Its key in the table of states."""
        return f"export:{self.export}"


def after(
    home: Home,
    catalog: Catalog,
    settings: Settings,
    now: datetime,
    next_runs: Mapping[str, datetime] | None = None,
) -> int:
    """Note the state of every source and export, and tell of those that changed; to be called after runs, now and then.

    Returns how many messages were sent. Never raises what a run could fail of: that is logged, and tried again.
    """
    try:
        found: list[Health | Standing] = [*survey(home, catalog, now, next_runs), *exporting.survey(home, now)]
        _note(home.state, found, now)
        return sum(_tell(home.state, found, way, send, now) for way, send in _ways(settings).items())
    except (StacktideError, sa.exc.SQLAlchemyError, OSError) as error:
        _log.warning("nobody could be told how the sources are: %s", error)
        return 0


def event(health: Health | Standing, told: str | None) -> Event | None:
    """What is to be told of what was last told to be `told` (none: nothing yet); none where it is nothing."""
    if health.state in BAD:
        if health.state == told:
            return None
        if isinstance(health, Standing):
            return "failed"
        refused = health.runs.finished is not None and health.runs.finished.outcome == "refused"
        return "stale" if health.state == "stale" else "refused" if refused else "failed"
    return "recovered" if told in BAD else None


def _note(state: State, found: Sequence[Health | Standing], now: datetime) -> None:
    """Keep the states, and since when each is."""
    columns = HEALTH.c.source, HEALTH.c.state
    with state.reading() as connection:
        before = {row.source: row.state for row in connection.execute(sa.select(*columns))}
    changed = [h for h in found if before.get(h.key) != h.state]
    if not changed:
        return
    with state.writing() as connection:
        for health in changed:
            values = {"state": health.state, "since": now}
            ours = (HEALTH.c.source == health.key) & (HEALTH.c.state != health.state)
            if health.key in before:
                connection.execute(HEALTH.update().where(ours).values(values))
            else:
                insert = postgresql.insert if state.backend == "postgresql" else sqlite.insert
                connection.execute(insert(HEALTH).values(source=health.key, **values).on_conflict_do_nothing())


def _tell(state: State, found: Sequence[Health | Standing], way: str, send: Send, now: datetime) -> int:
    """Claim what is to be told by one way, and send it in one message; 1 if there was one."""
    claims = _claims(state, found, way)
    if not claims:
        return 0
    changes = [claim.change for claim in claims]
    try:
        send(changes, now)
    except Exception as error:  # noqa: BLE001 - whatever it is, the claims must be given back
        _give_back(state, claims)
        reason = str(error) if isinstance(error, SendError) else type(error).__name__
        _log.warning("the notification by %s was not sent and is tried again next time: %s", way, reason)
        return 0
    except BaseException:  # the program is asked to end
        _give_back(state, claims)
        raise
    _log.info("told by %s: %s", way, ", ".join(f"{change.key} {change.event}" for change in changes))
    return 1


@dataclass(frozen=True)
class _Claim:
    """A change that this process alone may tell, and the content of `told` before and since."""

    change: Change | ExportChange
    before: str | None
    since: str


def _claims(state: State, found: Sequence[Health | Standing], way: str) -> list[_Claim]:
    with state.reading() as connection:
        rows = {row.source: row for row in connection.execute(sa.select(HEALTH))}
    wanted = []
    for health in found:
        row = rows.get(health.key)
        told = _told(row.told) if row is not None else {}
        what = event(health, told.get(way))
        if row is None or what is None:
            continue
        change = _change(health, what, row.since.isoformat())
        wanted.append(_Claim(change, row.told, json.dumps(told | {way: health.state}, sort_keys=True)))
    if not wanted:
        return []
    with state.writing() as connection:
        return [claim for claim in wanted if _exchange(connection, claim.change.key, claim.before, claim.since)]


def _change(health: Health | Standing, what: Event, since: str) -> Change | ExportChange:
    last, why = health.runs.finished, masked(health.why)
    run = last.id if last else None
    if isinstance(health, Standing):
        file = health.runs.written.file if health.runs.written else None
        return ExportChange(health.export.name, what, health.state, since, why, file, run)
    newest = health.newest_period.isoformat() if health.newest_period else None
    return Change(health.source, health.title, what, health.state, since, why, newest, run)


def _give_back(state: State, claims: Sequence[_Claim]) -> None:
    with state.writing() as connection:
        for claim in claims:
            _exchange(connection, claim.change.key, claim.since, claim.before)


def _exchange(connection: sa.Connection, key: str, before: str | None, since: str | None) -> bool:
    """Write `told`, unless somebody else has done so meanwhile."""
    ours = (HEALTH.c.source == key) & HEALTH.c.told.is_not_distinct_from(before)
    return connection.execute(HEALTH.update().where(ours).values(told=since)).rowcount == 1


def _told(column: str | None) -> dict[str, str]:
    """Way -> the state that was told by it last."""
    return dict(json.loads(column)) if column else {}


def _ways(settings: Settings) -> dict[str, Send]:
    found: dict[str, Send] = {}
    if settings.webhook_url:
        url = settings.webhook_url.get_secret_value()
        found["webhook"] = lambda changes, now: http.post(url, document(changes, now))
    if settings.smtp_host:
        found["mail"] = lambda changes, now: _send(settings, mail(changes, now, settings))
    return found


def document(changes: Sequence[Change | ExportChange], now: datetime) -> dict[str, Any]:
    """What a webhook is sent. Chat services that know nothing else show `text`."""
    return {
        "product": "stacktide",
        "version": __version__,
        "at": f"{now.isoformat()}Z",
        "text": "\n".join(change.sentence() for change in changes),
        "changes": [asdict(change) for change in changes],
    }


def mail(changes: Sequence[Change | ExportChange], now: datetime, settings: Settings) -> EmailMessage:
    """What is sent by e-mail: one message, a paragraph per source or export."""
    made = EmailMessage()
    first = changes[0]
    kinds = "sources and exports" if any(isinstance(change, ExportChange) for change in changes) else "sources"
    one = f"{first.key.replace(':', ' ')} {first.event}"
    what = one if len(changes) == 1 else f"{len(changes)} {kinds} changed"
    sender = settings.mail_from or ""
    made["Subject"] = f"Stacktide: {what}"
    made["From"], made["To"] = sender, settings.mail_to or ""
    made["Date"] = format_datetime(now)
    made["Message-ID"] = make_msgid(domain=sender.rstrip("> ").rpartition("@")[2] or None)
    made["Auto-Submitted"] = "auto-generated"
    made.set_content("\n\n".join(change.sentence() for change in changes) + "\n")
    return made


def _send(settings: Settings, message: EmailMessage) -> None:
    """Hand one message to the mail server.

    Raises SendError, without what the settings hold.
    """
    try:
        with smtplib.SMTP(settings.smtp_host or "", settings.smtp_port, timeout=_TIMEOUT_SECONDS) as server:
            if settings.smtp_tls:
                server.starttls(context=ssl.create_default_context())
            if settings.smtp_user and settings.smtp_password:
                server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
            left_out = server.send_message(message)
    except (smtplib.SMTPException, OSError, ValueError) as error:
        said = f" {error.smtp_code}" if isinstance(error, smtplib.SMTPResponseException) else ""
        raise SendError(
            f"The mail server did not take the message ({type(error).__name__}{said}): check the `smtp_` settings."
        ) from None
    if left_out:
        _log.warning("the mail server took the message, but refused %d of its addresses", len(left_out))
