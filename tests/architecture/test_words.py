"""No file of the repository names an index, a registry or a folder of somebody's machine."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# put together from pieces, so that this file does not match itself
HOSTS = [
    r"pypi\." + "org",
    r"python" + r"hosted\." + "org",
    r"(?<!api\.)npm" + r"js\.(?:org|com)",  # the interface of download counts is a source
    r"registry\." + r"(?:npm|yarn)[a-z.]+",
    r"(?:deb|security|snapshot)\." + r"debian\." + "org",
]
SETTINGS = [
    "--(?:extra-)?index" + "-url",
    "--find" + "-links",
    "(?:PIP|UV)_(?:DEFAULT_|EXTRA_)?INDEX" + r"(?:_URL)?\s*[=:]\s*\S+:/" + "/",
    '"resol' + 'ved"\\s*:',
]
PLACES = [
    r"(?<![\w.~{}$])/" + r"(?:home|Users)/[a-z]\w*",
    r"(?<![\w.~{}$:/])/" + r"(?:root|work|opt|mnt)/\w",
    r"(?<!\w)[A-Z]:\\+" + "Users",
    r"file:/" + "//[a-z]",
]
FORBIDDEN = [re.compile(pattern, re.IGNORECASE) for pattern in (*HOSTS, *SETTINGS)] + [
    re.compile(pattern) for pattern in PLACES
]
BINARY = {".parquet", ".png", ".ico", ".woff2", ".gz", ".zip", ".xlsx", ".jar"}

# spellings of the option itself, where the script that leaves addresses out names what it leaves out
ALLOWED = {("scripts/lock.py", "--no-emit-index" + "-url"), ("scripts/lock.py", '"resol' + 'ved"')}


def repository() -> list[Path]:
    """The files of the repository: those in git, and those about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0 and listed.stdout:
        names = listed.stdout.decode("utf-8").split("\0")
        return sorted(ROOT / name for name in names if name and (ROOT / name).is_file())
    left_out = {".git", ".venv", "vendor", "dist", "node_modules", "__pycache__", ".hypothesis"}
    return sorted(
        path
        for path in ROOT.rglob("*")
        if path.is_file() and not any(part in left_out or part.endswith("_cache") for part in path.parts)
    )


def findings(text: str) -> list[str]:
    return [found.group(0) for pattern in FORBIDDEN for found in pattern.finditer(text)]


def test_no_file_names_an_index_or_a_place_of_one_machine() -> None:
    inspected, found = 0, []
    for path in repository():
        if path.suffix in BINARY:
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        name = path.relative_to(ROOT).as_posix()
        for file, spelling in ALLOWED:
            if name == file:
                text = text.replace(spelling, "")
        inspected += 1
        found += [f"{name}: {what}" for what in findings(text)]
    assert inspected > 20
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "https://py" + "pi.org/simple",
        "https://registry.np" + "mjs.org/bootstrap",
        "--index" + "-url https://example.org/simple",
        "--find" + "-links wheels",
        '  "resol' + 'ved": "https://example.org/a.tgz"',
        "python = /ho" + "me/ada/bin/python",
        'path = "/wo' + 'rk/main/data"',
        "file:/" + "//srv/simple",
    ],
    ids=["python", "npm", "option", "wheels", "lock", "person", "folder", "file"],
)
def test_such_a_line_is_noticed(line: str) -> None:
    assert findings(line) != []


@pytest.mark.parametrize(
    "line",
    ["https://example.org/home/page", "~/work/data", "{root}/work/data", "the home of the store", "../work/x"],
)
def test_an_innocent_line_is_not(line: str) -> None:
    assert findings(line) == []
