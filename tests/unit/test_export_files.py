"""The files of a scheduled export: whole or not there, dated, only so many, and nobody else's."""

import errno
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import IO

import pytest

from etl import export_files
from etl.errors import StacktideError, UsageError
from etl.export_files import ready, retain, write

FULL = Path("/dev/full")
NOON = datetime(2026, 9, 1, 12)  # noqa: DTZ001 - UTC without zone


def says(content: bytes) -> Callable[[IO[bytes]], int]:
    return lambda file: file.write(content)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path.resolve() / "out"
    made.mkdir()
    return made


def there(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_first_of_a_day_has_its_date_the_next_the_time(folder: Path) -> None:
    file, said = write(folder, "web", "csv", NOON, says(b"one"))
    assert (file, said) == (folder / "web-2026-09-01.csv", 3)
    again, _ = write(folder, "web", "csv", NOON, says(b"two"))
    third, _ = write(folder, "web", "csv", NOON, says(b"three"))
    assert [again.name, third.name] == ["web-2026-09-01T120000Z.csv", "web-2026-09-01T120001Z.csv"]
    assert [f.read_bytes() for f in (file, again, third)] == [b"one", b"two", b"three"]
    assert len(there(folder)) == 3
    write(folder, "web", "json", NOON, says(b""))
    assert "web-2026-09-01.json" in there(folder)


def test_until_it_is_whole_nothing_has_the_name(folder: Path) -> None:
    seen: list[list[str]] = []

    def look(file: IO[bytes]) -> None:
        file.write(b"half")
        file.flush()
        seen.append(there(folder))

    write(folder, "web", "csv", NOON, look)
    assert seen == [[".stacktide-web.part"]]
    assert there(folder) == ["web-2026-09-01.csv"]


@pytest.mark.parametrize(
    "raised", [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), UsageError("gone."), KeyboardInterrupt()]
)
def test_what_fails_leaves_the_folder_as_it_was(folder: Path, raised: BaseException) -> None:
    write(folder, "web", "csv", NOON, says(b"good"))

    def fail(file: IO[bytes]) -> None:
        file.write(b"half")
        raise raised

    with pytest.raises((StacktideError, KeyboardInterrupt)) as caught:
        write(folder, "web", "csv", NOON, fail)
    if isinstance(raised, OSError):
        assert str(caught.value) == (
            f"The export web cannot be written to {folder} (No space left on device): see that the folder can be "
            "written and has space left."
        )
    assert there(folder) == ["web-2026-09-01.csv"]
    assert (folder / "web-2026-09-01.csv").read_bytes() == b"good"


def test_a_disk_that_is_full(folder: Path) -> None:
    if not FULL.exists():
        pytest.skip("no /dev/full")

    def fill(file: IO[bytes]) -> None:
        with FULL.open("wb", buffering=0) as full:
            full.write(b"x")

    with pytest.raises(StacktideError, match="No space left on device"):
        write(folder, "web", "csv", NOON, fill)
    assert there(folder) == []


def test_what_a_killed_run_left_goes(folder: Path) -> None:
    (folder / ".stacktide-web.part").write_bytes(b"half a file")
    (folder / ".stacktide-other.part").write_bytes(b"of somebody else, perhaps just being written")
    write(folder, "web", "csv", NOON, says(b"whole"))
    assert there(folder) == [".stacktide-other.part", "web-2026-09-01.csv"]


def test_links_that_somebody_put_there_are_not_followed(folder: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    (folder / ".stacktide-web.part").symlink_to(victim)
    (folder / "web-2026-09-01.csv").symlink_to(victim)
    (folder / "web-2026-09-01T120000Z.csv").symlink_to(tmp_path / "nowhere")
    file, _ = write(folder, "web", "csv", NOON, says(b"mine"))
    assert file.name == "web-2026-09-01T120001Z.csv"
    assert victim.read_bytes() == b"precious"
    assert not (tmp_path / "nowhere").exists()
    assert retain(folder, "web", "csv", 1) == []
    assert (folder / "web-2026-09-01.csv").is_symlink()


def test_a_folder_that_is_gone_or_leads_elsewhere(folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    folder.rmdir()
    for _ in range(2):
        with pytest.raises(
            StacktideError, match=r"The folder .*out is no longer there: make it again, or give another"
        ):
            write(folder, "web", "csv", NOON, says(b""))
        folder.unlink(missing_ok=True)
        folder.symlink_to(elsewhere)
    assert there(elsewhere) == []


def test_a_folder_that_cannot_be_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> int:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(export_files.os, "open", refused)
    with pytest.raises(StacktideError, match=r"cannot be written to .*out \(Permission denied\)"):
        write(folder, "web", "csv", NOON, says(b""))


def test_only_its_own_oldest_files_go(folder: Path) -> None:
    ours = ["web-2026-08-30.csv", "web-2026-09-01.csv", "web-2026-09-01T000000Z.csv", "web-2026-09-01T235959Z.csv"]
    others = [
        "web-2026-08-01.json",  # another format
        "web-2026-08-01.csv.bak",
        "web-2026-08-01T1200Z.csv",
        "web-2026-08-01-2026-08-01.csv",  # of an export called web-2026-08-01
        "web-a-2026-08-01.csv",  # of an export called web-a
        "aweb-2026-08-01.csv",
        "Web-2026-08-01.csv",
        "web-٢٠٢٦-08-01.csv",
        "web.csv",
        "precious.txt",
    ]
    for name in (*ours, *others):
        (folder / name).touch()
    (folder / "web-2026-01-01.csv").mkdir()
    assert retain(folder, "web", "csv", 4) == []
    assert [path.name for path in retain(folder, "web", "csv", 2)] == ours[:2]
    assert there(folder) == sorted([*ours[2:], *others, "web-2026-01-01.csv"])


def test_a_folder_is_made_and_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert ready(Path("a/b"), None) == tmp_path.resolve() / "a" / "b"
    assert ready(Path("~/c"), None) == tmp_path.resolve() / "c"
    assert ready(Path("a/../a/b"), None) == tmp_path.resolve() / "a" / "b"
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert ready(Path("link/b"), None) == tmp_path.resolve() / "a" / "b"
    assert there(tmp_path / "a" / "b") == []


@pytest.mark.parametrize("folder", ["file", "file/below", "loop", "nul\0", "x" * 300, "/proc/nothing", "\udcff"])
def test_a_folder_that_is_none(folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(UsageError, match="give another with --to"):
        ready(Path(folder), None)
    assert there(tmp_path) == ["file", "loop"]


def test_the_folder_of_the_store_is_not_for_files(tmp_path: Path) -> None:
    store = tmp_path / "store" / "observations"
    for folder in (store, store / "deep"):
        with pytest.raises(UsageError, match="belongs to the store, which deletes what it does not know"):
            ready(folder, store)
    assert not store.exists()
    assert ready(tmp_path / "store" / "files", store).is_dir()
