"""The mirror, for any URL: its path follows the published rule and never leaves the folder."""

import re
import tempfile
from datetime import date
from pathlib import Path

import pytest
import requests
from hypothesis import example, given, settings
from hypothesis import strategies as st

from etl import http
from etl.errors import FetchError
from etl.http import Mirror, Request

PIECES = st.lists(
    st.sampled_from(
        ["..", ".", "/", "//", "\\", "%2e%2e", "%2f", "?", "@", "~", ":", "\x00", "a", "é", " ", "#", "&", "x" * 300]
    )
    | st.text(max_size=6),
    max_size=12,
).map("".join)


@given(PIECES)
@example("../../etc/passwd")
@example("/etc/passwd")
@example("a/../../../b?../../c")
def test_path_follows_the_rule(rest: str) -> None:
    path = Mirror.path(f"https://{rest}")
    before, mark, query = rest.partition("?")
    assert re.fullmatch(r"[A-Za-z0-9._~%+=@,/-]*", path)
    if mark and query:
        assert len(path) == len(before) + 1 + len(query)
        assert re.fullmatch(r"[A-Za-z0-9._=-]+", path[len(before) + 1 :])
        assert path[len(before)] == "@"
    else:
        assert len(path) == len(before)


@settings(max_examples=200, deadline=None)
@given(PIECES)
@example("../secret")
@example("../../secret")
@example("a/../../secret")
@example("x" * 5000)
def test_path_never_leaves_the_folder(rest: str) -> None:
    with tempfile.TemporaryDirectory() as outside:
        folder = Path(outside) / "mirror"
        folder.mkdir()
        for name in ("secret", "a", "aa", "etc"):
            (Path(outside) / name).write_text("secret")
        adapter = Mirror(folder)
        asked = requests.Request("GET", "https://example.org/").prepare()
        asked.url = f"https://{rest}"  # what no client would send, straight to the adapter
        assert adapter.send(asked).status_code == 404
        with pytest.raises(FetchError):
            http.Client(http.session(folder), None, None, date(2026, 9, 1)).fetch(Request(f"https://{rest}", "part"))


@settings(deadline=None)
@given(
    st.lists(
        st.text("abcXYZ019._~%+=@,-:;é", min_size=1, max_size=8).filter(lambda s: s.strip(".")), min_size=1, max_size=3
    ),
    st.text("abc019._=-&/+", max_size=10),
    st.binary(max_size=50),
)
def test_what_lies_there_is_answered(parts: list[str], query: str, content: bytes) -> None:
    url = f"https://example.org/{'/'.join(parts)}" + (f"?{query}" if query else "")
    with tempfile.TemporaryDirectory() as folder:
        asked = requests.Request("GET", "https://example.org/").prepare()
        asked.url = url
        file = Path(folder) / Mirror.path(url)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        answer = Mirror(Path(folder)).send(asked)
        assert (answer.status_code, answer.content) == (200, content)
