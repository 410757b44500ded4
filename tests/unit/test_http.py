"""The network's edge: the mirror's paths, what goes wrong with an answer, and payloads kept by hash."""

import gzip
import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from etl import http
from etl.archive import Archive
from etl.errors import FetchError, NotThere, UsageError
from etl.http import Mirror, Payload, Request

TODAY = date(2026, 9, 1)
URL = "https://example.org/figures.json"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://pypl.github.io/PYPL/All.js", "pypl.github.io/PYPL/All.js"),
        (
            "https://packagist.org/packages/laravel/framework/stats/major/all.json?average=monthly&from=2013-01-10",
            "packagist.org/packages/laravel/framework/stats/major/all.json@average=monthly_from=2013-01-10",
        ),
        ("https://example.org/range/2022-10-05:2023-10-04/@a/b", "example.org/range/2022-10-05_2023-10-04/@a/b"),
        ("https://example.org/a?q=c%2B%2B&x=~1/2", "example.org/a@q=c_2B_2B_x=_1_2"),
        ("https://example.org/a?b?c", "example.org/a@b_c"),
        ("https://example.org/a?", "example.org/a"),
        ("https://example.org/~a%20b+c=d@e,f-g.h_i", "example.org/~a%20b+c=d@e,f-g.h_i"),
        ("https://example.org/é;'*", "example.org/____"),
    ],
)
def test_path_of_url(url: str, path: str) -> None:
    assert Mirror.path(url) == path


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    folder = tmp_path / "mirror"
    (folder / "example.org").mkdir(parents=True)
    (folder / "example.org" / "figures.json").write_bytes(b"[1]")
    (tmp_path / "secret").write_text("secret")
    return folder


def test_answers_from_files(mirror: Path) -> None:
    session = http.session(mirror)
    assert http.mirror(session) is not None
    found = http.Client(session, None, None, TODAY).fetch(Request(URL, "part"))
    assert found.content == b"[1]"
    assert found.sha256 == "080a9ed428559ef602668b4c00f114f1a11c3f6b02a435f0bdc154578e4d7f22"
    assert (found.published, found.retrieved_on, found.vintage) == (None, TODAY, TODAY)


def test_manifest_dates_the_answers(mirror: Path) -> None:
    (mirror / "MANIFEST.csv").write_text(
        "url,path,upstream_date\nx,example.org/figures.json,2026-07-01\ny,example.org/other,\n"
    )
    (mirror / "example.org" / "other").write_bytes(b"x")
    session = http.session(mirror)
    answer = session.get(URL)
    assert answer.headers["Last-Modified"] == "Wed, 01 Jul 2026 00:00:00 GMT"
    assert http.Client(session, None, None, TODAY).fetch(Request(URL, "part")).vintage == date(2026, 7, 1)
    assert http.Client(session, None, None, TODAY).fetch(
        Request(URL, "part", published=date(2026, 6, 30))
    ).vintage == date(2026, 6, 30)
    assert http.Client(session, None, None, TODAY).fetch(Request("https://example.org/other", "part")).published is None


def test_manifest_of_another_kind_dates_nothing(mirror: Path) -> None:
    (mirror / "MANIFEST.csv").write_text("file,size\nexample.org/figures.json,3\n")
    assert http.Client(http.session(mirror), None, None, TODAY).fetch(Request(URL, "part")).published is None


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/absent.json",
        "https://example.org",  # a folder
        "https://example.org/../../secret",
        "https://example.org/%2e%2e/%2e%2e/secret",
        "https://example.org/..%2f..%2fsecret",
        "https://example.org//secret",
        "https://example.org/" + "a" * 5000,
    ],
)
def test_not_in_the_mirror(mirror: Path, url: str) -> None:
    with pytest.raises(NotThere, match="is not in the mirror"):
        http.Client(http.session(mirror), None, None, TODAY).fetch(Request(url, "part"))


@pytest.mark.parametrize("url", ["https://../../etc/passwd", "https://..", "https:///etc/passwd", "https://../secret"])
def test_path_tricks_never_leave_the_folder(mirror: Path, url: str) -> None:
    with pytest.raises(FetchError):
        http.Client(http.session(mirror), None, None, TODAY).fetch(Request(url, "part"))
    bare = requests.Request("GET", "https://example.org/").prepare()
    bare.url = url  # what no client would send, straight to the adapter
    assert Mirror(mirror).send(bare).status_code == 404


def test_link_out_of_the_folder_is_not_followed(mirror: Path) -> None:
    (mirror / "example.org" / "link").symlink_to(mirror.parent / "secret")
    with pytest.raises(NotThere):
        http.Client(http.session(mirror), None, None, TODAY).fetch(Request("https://example.org/link", "part"))


def test_no_mirror_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"There is no mirror folder .*: give --upstream"):
        http.session(tmp_path / "nowhere")


def test_live_session_is_polite() -> None:
    session = http.session()
    assert http.mirror(session) is None
    assert str(session.headers["User-Agent"]).startswith("Stacktide/")
    retries = session.get_adapter("https://example.org/").max_retries  # type: ignore[attr-defined]
    assert retries.total == 4
    assert {429, 503} <= set(retries.status_forcelist)
    assert retries.respect_retry_after_header


class Answer(BaseAdapter):
    """Answers every request with the same status, headers and body, or fails with an exception."""

    def __init__(
        self,
        body: bytes = b"",
        status: int = 200,
        headers: dict[str, str] | None = None,
        error: Exception | None = None,
    ) -> None:
        super().__init__()
        self.body, self.status, self.headers, self.error = body, status, headers or {}, error

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        if self.error:
            raise self.error
        response = requests.Response()
        response.status_code, response.url, response.request = self.status, request.url or "", request
        response.headers.update(self.headers)
        response.raw = HTTPResponse(
            io.BytesIO(self.body), headers=self.headers, preload_content=False, request_method="GET"
        )
        return response

    def close(self) -> None:
        pass


def _fetch(answer: Answer) -> Payload:
    session = requests.Session()
    session.mount("https://", answer)
    return http.Client(session, None, None, TODAY).fetch(Request(URL, "part"))


@pytest.mark.parametrize("status", [404, 410])
def test_not_there(status: int) -> None:
    with pytest.raises(NotThere, match="is not there"):
        _fetch(Answer(status=status))


@pytest.mark.parametrize("status", [204, 301, 429, 500, 503])
def test_other_answers_fail(status: int) -> None:
    with pytest.raises(FetchError, match=f"answered {status}; try again later") as caught:
        _fetch(Answer(b"x", status=status))
    assert not isinstance(caught.value, NotThere)


@pytest.mark.parametrize(
    "error", [requests.ConnectionError("refused"), requests.Timeout("slow"), requests.exceptions.SSLError("no")]
)
def test_no_connection(error: Exception) -> None:
    with pytest.raises(FetchError, match=rf"could not be read \({type(error).__name__}\); check the connection"):
        _fetch(Answer(error=error))


def test_truncated_body() -> None:
    whole = _fetch(Answer(b"[1, 2, 3]", headers={"Content-Length": "9"}))
    assert whole.content == b"[1, 2, 3]"
    with pytest.raises(FetchError, match=r"could not be read \(ProtocolError\)"):
        _fetch(Answer(b"[1, 2", headers={"Content-Length": "9"}))


def test_damaged_compression() -> None:
    packed = gzip.compress(b"[1, 2, 3]")
    assert _fetch(Answer(packed, headers={"Content-Encoding": "gzip"})).content == b"[1, 2, 3]"
    with pytest.raises(FetchError, match="DecodeError"):
        _fetch(Answer(b"no gzip at all", headers={"Content-Encoding": "gzip"}))


def test_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_MOST_BYTES", 1024 * 1024)
    assert len(_fetch(Answer(bytes(1024 * 1024))).content) == 1024 * 1024
    with pytest.raises(FetchError, match="sends more than 1 MB; that cannot be right"):
        _fetch(Answer(bytes(1024 * 1024 + 1)))
    with pytest.raises(FetchError, match="sends more than 1 MB"):  # small on the wire, large when unpacked
        _fetch(Answer(gzip.compress(bytes(3 * 1024 * 1024)), headers={"Content-Encoding": "gzip"}))


def test_last_modified() -> None:
    dated = _fetch(Answer(b"x", headers={"Last-Modified": "Wed, 01 Jul 2026 08:00:00 GMT"}))
    assert dated.published == dated.vintage == date(2026, 7, 1)
    assert _fetch(Answer(b"x", headers={"Last-Modified": "yesterday"})).vintage == TODAY


def _payload(content: bytes = b"[1]", published: date | None = None, url: str = URL) -> Payload:
    import hashlib

    return Payload(Request(url, "part"), content, hashlib.sha256(content).hexdigest(), published, TODAY)


@pytest.mark.parametrize("published", [None, date(2026, 7, 1)])
def test_archive_round_trip(tmp_path: Path, published: date | None) -> None:
    archive = Archive(tmp_path)
    kept = _payload(published=published)
    assert archive.find(kept.request) is None
    archive.save(kept)
    archive.save(kept)
    assert Archive(tmp_path).find(kept.request) == kept
    assert not list(tmp_path.rglob("*.part"))


def test_archive_keeps_all_bytes_and_finds_the_newest(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    old, new = _payload(b"old"), _payload(b"new")
    archive.save(old)
    archive.save(new)
    archive.save(_payload(b"other", url=URL + "x"))
    assert archive.find(new.request) == new
    kept = {gzip.decompress(file.read_bytes()) for file in tmp_path.rglob("*.gz")}
    assert kept == {b"old", b"new", b"other"}


@pytest.mark.parametrize("damage", ["cut", "flipped", "other bytes", "gone", "empty", "address", "date"])
def test_damaged_archive_file_is_no_payload(tmp_path: Path, damage: str) -> None:
    archive = Archive(tmp_path)
    kept = _payload(bytes(range(256)) * 40)
    archive.save(kept)
    (file,) = tmp_path.rglob("*.gz")
    (address,) = (tmp_path / "urls").iterdir()
    packed = file.read_bytes()
    {
        "cut": lambda: file.write_bytes(packed[:-9]),
        "flipped": lambda: file.write_bytes(packed[:12] + bytes(b ^ 0xFF for b in packed[12:40]) + packed[40:]),
        "other bytes": lambda: file.write_bytes(gzip.compress(b"other")),
        "gone": file.unlink,
        "empty": lambda: file.write_bytes(b""),
        "address": lambda: address.write_bytes(b"\xff"),
        "date": lambda: address.write_text(f"{kept.sha256} 2026-02-31 "),
    }[damage]()
    assert archive.find(kept.request) is None
    if damage in {"gone", "address", "date"}:
        archive.save(kept)
        assert archive.find(kept.request) == kept


def test_contact_is_told_to_publishers() -> None:
    assert http.session(contact="me@example.org").headers["User-Agent"] == (
        f"{http.USER_AGENT.removesuffix(')')}; me@example.org)"
    )
    assert http.session().headers["User-Agent"] == http.USER_AGENT
