"""What tests of several folders share: the real catalogue, an empty home, a clock that stands still, rows, payloads."""

import hashlib
import os
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from etl import catalog, schema
from etl.home import Home
from etl.http import Payload, Request

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def entries() -> catalog.Catalog:
    """The real catalogue."""
    return catalog.load(ROOT / "data" / "catalog")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A new, empty home."""
    return Home(tmp_path / "home").make()


@pytest.fixture(scope="session")
def upstream() -> Path:
    """The mirror of upstream payloads beside the repository; in continuous integration it must be there."""
    folder = Path(os.environ.get("STACKTIDE_UPSTREAM", ROOT.parent / "shared" / "upstream"))
    if not (folder / "MANIFEST.csv").is_file():
        absent = f"no mirror of upstream payloads at {folder} (STACKTIDE_UPSTREAM names another place)"
        if os.environ.get("CI") == "true":
            pytest.fail(absent)
        pytest.skip(absent)
    return folder


@pytest.fixture(scope="session")
def clock() -> Callable[[], datetime]:
    """A clock that stands at noon of 2026-09-01, later than every recorded payload."""
    return lambda: datetime(2026, 9, 1, 12)  # noqa: DTZ001 - UTC without zone, as in the run history


@pytest.fixture(scope="session")
def payload() -> Callable[..., Payload]:
    """Make a payload of bytes: `payload(content, part, scope, published=..., today=...)`."""

    def made(
        content: bytes | str,
        part: str = "part",
        scope: dict[str, Any] | None = None,
        published: date | None = None,
        today: date = date(2026, 9, 1),
    ) -> Payload:
        body = content.encode() if isinstance(content, str) else content
        request = Request(f"https://example.org/{part}", part=part, scope=scope or {})
        return Payload(request, body, hashlib.sha256(body).hexdigest(), published, today)

    return made


@pytest.fixture(scope="session")
def observations() -> Callable[..., pd.DataFrame]:
    """Make typed rows: `observations(value=[1, 2], period_start=[...])`; what is not given gets a plain default."""

    def made(**columns: Any) -> pd.DataFrame:
        count = next((len(v) for v in columns.values() if isinstance(v, (list, pd.Index))), 1)
        plain = {
            "source": "pypl",
            "indicator": "pypl_languages",
            "technology": "python",
            "region": schema.WORLD,
            "segment": schema.ALL_SEGMENTS,
            "period_start": "2026-01-01",
            "frequency": "M",
            "value": 10.0,
            "sample_size": None,
            "status": "final",
            "vintage": "2026-02-01",
            "payload": "a" * 64,
        }
        assert set(columns) <= set(plain), set(columns) - set(plain)
        return schema.typed(pd.DataFrame({**plain, **columns}, index=range(count)))

    return made


@pytest.fixture(scope="session")
def pypl_mirror() -> Callable[[Path, float], Path]:
    """Write a mirror with one healthy PYPL file: five languages, 72 months; `shift` moves every share a little."""

    def made(folder: Path, shift: float = 0.0) -> Path:
        names = "'Java', 'Python', 'Go', 'Rust', 'Zig'"
        lines = [
            f"[new Date({2020 + n // 12},{n % 12},1),{0.2 + shift:.4f},{0.3 - shift:.4f},0.1,{0.05 + n / 1e3:.4f},0.01]"
            for n in range(72)
        ]
        text = (
            f"graphData = [\n['Date', // begin section languages\n{names}\n// end section languages\n],\n"
            "// begin section All\n" + ",\n".join(lines) + "\n// end section All\n        ];\n"
        )
        file = folder / "pypl.github.io" / "PYPL" / "All.js"
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        part.write_text(text, encoding="utf-8")
        part.replace(file)
        return folder

    return made
