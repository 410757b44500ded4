"""The README's examples of the API do what they say, against a server with real figures."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from threading import Thread
from typing import Any

import pandas as pd
import pytest
from werkzeug.serving import make_server

from dashboard.app import create_app
from dashboard.delivery import Delivery
from etl import schema
from etl.catalog import Catalog
from etl.home import Home

ROOT = Path(__file__).resolve().parents[2]
ADDRESS = "http://127.0.0.1:8050"


def examples(language: str) -> list[str]:
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("## API\n")[2].partition("\n## ")[0]
    found = re.findall(rf"^```{language}\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert found, language
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, entries: Catalog) -> Iterator[str]:
    """The address of the dashboard on a few sources."""
    home = Home(tmp_path_factory.mktemp("readme") / "home").make()
    every = pd.read_parquet(ROOT / "data" / "embedded" / "observations.parquet")
    home.store.replace(schema.typed(every[every["source"].isin(["pypl", "innovation_graph"])]))
    made = make_server("127.0.0.1", 0, Delivery(create_app(home, entries)), threaded=True)
    thread = Thread(target=made.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()
    thread.join(10)
    made.server_close()


def test_the_python_example(server: str) -> None:
    (code,) = examples("python")
    assert ADDRESS in code
    names: dict[str, Any] = {}
    exec(compile(code.replace(ADDRESS, server), "README.md", "exec"), names)
    shares = names["shares"]
    assert list(shares.columns) == ["python", "rust"]
    assert len(shares) > 200
    assert shares["python"].iloc[-1] > shares["rust"].iloc[-1] > 0


@pytest.mark.skipif(which("curl") is None, reason="no curl")
def test_the_examples_for_the_shell(server: str) -> None:
    lines = [line for block in examples("") for line in block.splitlines()]
    assert len(lines) >= 3
    for line in lines:
        words = shlex.split(line.replace(ADDRESS, server))
        assert words[0] == "curl"
        done = subprocess.run(
            ["curl", "--fail", "--silent", "--show-error", "--max-time", "30", *words[1:]],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "python" in done.stdout or "django" in done.stdout, line
