"""Who may refresh and change schedules in the dashboard, and from where such a request may come.

With `STACKTIDE_ADMIN_TOKEN`, whoever gave the token: a signed session cookie remembers that for some hours, in every
process of the server. Without one, whoever sits at the machine: the server is bound to loopback, the request comes from
loopback, has passed no proxy, and names this machine as its host (a name of somebody else's that leads here does not
count). Either way a request must come from our own page: its headers say so, and it carries a word that only our page
can read.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv6Address, ip_address
from typing import Final, Literal
from urllib.parse import urlsplit

from itsdangerous import BadData, URLSafeSerializer
from werkzeug.wrappers import Request

from etl import locks
from etl.errors import LockedError, StacktideError
from etl.home import Home

Clock = Callable[[], datetime]
"""The time in UTC, without zone."""
Way = Literal["token", "local", "sign in", "none"]
"""How the asker may act: by the token that was given, by sitting at the machine; or how not."""

COOKIE: Final = "stacktide_session"
CSRF_HEADER: Final = "X-Stacktide-Csrf"
SESSION_SECONDS: Final = 8 * 3600
WRONG_A_MINUTE: Final = 5
"""Wrong tokens in a minute from one address; then nothing more is looked at."""
WRONG_A_MINUTE_IN_ALL: Final = 60
_MINUTE: Final = 60.0
_WAIT_SECONDS: Final = 5.0
_LOCAL_HOSTS: Final = ("localhost", "127.0.0.1", "[::1]")
_FORWARDING: Final = ("forwarded", "via", "cf-connecting-ip", "true-client-ip", "fastly-client-ip")
_FORWARDING_BEGINS: Final = ("x-forwarded", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "x-original")

ELSEWHERE: Final = "Actions are refused from here: set STACKTIDE_ADMIN_TOKEN, or open the dashboard on its own machine."


class Refused(StacktideError):
    """A request that is not carried out, with its HTTP status and, where waiting helps, for how many seconds."""

    def __init__(self, status: int, sentence: str, wait_seconds: int | None = None) -> None:
        super().__init__(sentence)
        self.status, self.wait_seconds = status, wait_seconds


@dataclass(frozen=True)
class Rights:
    """How the asker may act, and the word that each of the asker's actions must carry; none where nothing may be."""

    way: Way
    csrf: str | None = None


class Guard:
    """Decides who may act. `bound` is the address that the server listens on; none: not known, so not loopback."""

    def __init__(self, home: Home, token: str | None, bound: str | None, clock: Clock) -> None:
        self._token, self._clock = token, clock
        self._bound_to_loopback = bound is not None and _is_loopback(bound)
        # known to all processes that are forked from here; the token's key outlives a restart
        self._key = _key(token) if token else secrets.token_bytes(32)
        self._signer = URLSafeSerializer(
            self._key, salt="stacktide session", signer_kwargs={"digest_method": hashlib.sha256}
        )
        self._attempts = _Attempts(home, clock)

    def rights(self, request: Request) -> Rights:
        """What the asker may do; nothing is told to another site's page."""
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            return Rights("none")
        if self._token is not None:
            session = self._session(request)
            return Rights("sign in") if session is None else Rights("token", self._word(session))
        return Rights("local", self._word("local")) if self._is_local(request) else Rights("none")

    def check(self, request: Request) -> Rights:
        """The rights of a request that wants to act; raises Refused, in one sentence, when it may not."""
        self._from_our_page(request)
        rights = self.rights(request)
        if rights.way == "none":
            raise Refused(403, ELSEWHERE)
        if rights.csrf is None:
            raise Refused(401, "Nobody is signed in, or the session has ended: sign in again.")
        given = request.headers.get(CSRF_HEADER, "")
        if not hmac.compare_digest(given.encode(), rights.csrf.encode()):
            raise Refused(403, "The request does not come from the open page: reload it and try again.")
        return rights

    def sign_in(self, request: Request, given: str) -> str:
        """The value of the session cookie for who gives the token; raises Refused when it is wrong, or too often."""
        self._from_our_page(request)
        if self._token is None:
            raise Refused(403, "There is no admin token: set STACKTIDE_ADMIN_TOKEN where the server is started.")
        with self._attempts.judged(request.remote_addr or "") as wrong:
            # digests have one length: comparing them does not tell that of the token
            if not hmac.compare_digest(_digest(given), _digest(self._token)):
                wrong()
                raise Refused(401, "This is not the admin token: it is the value of STACKTIDE_ADMIN_TOKEN.")
        until = int(self._seconds() + SESSION_SECONDS)
        return str(self._signer.dumps({"session": secrets.token_urlsafe(16), "until": until}))

    def _session(self, request: Request) -> str | None:
        try:
            said = self._signer.loads(request.cookies.get(COOKIE, ""))
        except BadData:
            return None
        alive = isinstance(said, dict) and isinstance(said.get("until"), int) and self._seconds() < said["until"]
        return str(said["session"]) if alive else None

    def _word(self, session: str) -> str:
        return hmac.new(self._key, f"csrf {session}".encode(), hashlib.sha256).hexdigest()

    def _is_local(self, request: Request) -> bool:
        headers = [name.casefold() for name in request.headers.keys()]  # noqa: SIM118 - headers are pairs
        forwarded = any(name in _FORWARDING or name.startswith(_FORWARDING_BEGINS) for name in headers)
        host = request.headers.get("Host", "").casefold()
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        own = self._bound_to_loopback and name in _LOCAL_HOSTS
        return own and not forwarded and _is_loopback(request.remote_addr or "")

    def _from_our_page(self, request: Request) -> None:
        if not from_our_page(request, behind_proxy=self._token is not None):
            raise Refused(403, "The request does not come from this dashboard: open its page Sources, and act there.")

    def _seconds(self) -> float:
        return self._clock().replace(tzinfo=UTC).timestamp()


class _Attempts:
    """Wrong tokens of the last minute, in a file that all processes of the server share."""

    def __init__(self, home: Home, clock: Clock) -> None:
        self._lock, self._file, self._clock = home.lock("sign-in"), home.path / "locks" / "sign-in.json", clock

    @contextmanager
    def judged(self, address: str) -> Iterator[Callable[[], None]]:
        """Judge one attempt, alone; yields what is called when it was wrong. Raises Refused after too many."""
        try:
            with locks.held(self._lock, "sign-in", self._clock, _WAIT_SECONDS):
                now, asker = self._clock().replace(tzinfo=UTC).timestamp(), network(address)
                past = self._past(now)
                own = [at for of, at in past if of == asker]
                if len(own) >= WRONG_A_MINUTE or len(past) >= WRONG_A_MINUTE_IN_ALL:
                    oldest = min(own) if len(own) >= WRONG_A_MINUTE else min(at for _, at in past)
                    wait = max(1, round(oldest + _MINUTE - now))
                    raise Refused(429, f"Too many wrong tokens: try again in {wait} s.", wait)
                yield lambda: self._keep([*past, (asker, now)])
        except (LockedError, OSError):
            raise Refused(503, "Nobody can sign in for the moment: try again in a minute.", 60) from None

    def _past(self, now: float) -> list[tuple[str, float]]:
        try:
            said = json.loads(self._file.read_text(encoding="utf-8"))
            return [(str(of), float(at)) for of, at in said if now - _MINUTE < float(at) <= now]
        except (FileNotFoundError, ValueError, TypeError):
            return []

    def _keep(self, wrong: list[tuple[str, float]]) -> None:
        self._file.write_text(json.dumps(wrong), encoding="utf-8")


def from_our_page(request: Request, *, behind_proxy: bool) -> bool:
    """Whether a browser says that a request comes from our own page; no page can make it say something else.

    A proxy may give us another host than the browser asked, which then vouches for the request itself.
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    asked = urlsplit(origin or "").netloc.casefold()  # empty for the origin `null`
    same = bool(asked) and asked == request.headers.get("Host", "").casefold()
    return site == "same-origin" and (same or behind_proxy) if site is not None else same


def cookie_is_secure(request: Request) -> bool:
    """Whether the reader's browser speaks https, to us or to a proxy before us."""
    says = request.headers
    asked, forwarded = says.get("Origin", "").casefold(), says.get("X-Forwarded-Proto", "").casefold()
    return request.is_secure or asked.startswith("https:") or forwarded == "https"


def _key(token: str) -> bytes:
    return hashlib.scrypt(token.encode(), salt=b"stacktide session", n=2**14, r=8, p=1, dklen=32)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _is_loopback(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return (mapped or found).is_loopback


def network(address: str) -> str:
    """What counts as one address: of IPv6 the half that a provider gives to one customer."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return found.exploded[:19] if isinstance(found, IPv6Address) else str(found)
