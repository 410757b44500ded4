"""What machines ask: life, readiness and figures; in one process, and over the processes of a real server."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

import pandas as pd
import pytest
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.test import Client

from dashboard import ops
from dashboard.app import create_app
from dashboard.delivery import Delivery
from etl import __version__, schema
from etl.catalog import Catalog
from etl.home import Home
from etl.runs import Outcome, Run

ROOT = Path(__file__).resolve().parents[2]
NOON = datetime(2026, 9, 1, 12)  # noqa: DTZ001 - UTC without zone, as in the run history
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(text: str) -> Samples:
    """(name, sorted labels) -> value, of all that `/metrics` answered."""
    found = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    made = {(s.name, tuple(sorted(s.labels.items()))): s.value for s in found}
    assert len(made) == len(found), "a series stands twice"
    return made


def value(found: Samples, name: str, **labels: str) -> float | None:
    return found.get((f"stacktide_{name}", tuple(sorted(labels.items()))))


def ended(home: Home, outcome: Outcome, seconds: float) -> None:
    run = home.runs.begin(Run(source="pypl", trigger="manual", started=NOON - timedelta(seconds=seconds)))
    run.outcome, run.finished, run.error = outcome, NOON, "No."
    home.runs.end(run)


@pytest.fixture
def served(home: Home, entries: Catalog, observations: Callable[..., pd.DataFrame]) -> Client:
    """An application of its own on a home with three rows and two runs of PYPL."""
    home.store.replace(observations(period_start=["2026-06-01", "2026-07-01", "2026-08-01"]), source="pypl")
    ended(home, "updated", 5)
    ended(home, "refused", 7)
    return Client(Delivery(create_app(home, entries)))


def test_healthz_needs_neither_store_nor_state(entries: Catalog, tmp_path: Path) -> None:
    answer = Client(Delivery(create_app(Home(tmp_path / "none"), entries))).get("/healthz")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok", "version": __version__})
    assert not (tmp_path / "none").exists()


def test_ready(served: Client) -> None:
    answer = served.get("/readyz")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ready", "store_version": 0})
    assert answer.headers["Cache-Control"] == "no-store"


def test_not_ready_without_a_store(home: Home, entries: Catalog) -> None:
    answer = Client(Delivery(create_app(home, entries))).get("/readyz")
    assert answer.status_code == 503
    assert (answer.get_json() or {})["reason"].startswith("There is no store at ")


def test_not_ready_without_the_state_and_no_secret_is_told(
    served: Client, entries: Catalog, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    monkeypatch.setenv("STACKTIDE_STATE_URL", f"postgresql://ada:a-secret@127.0.0.1:{port}/stacktide")
    other = Client(Delivery(create_app(Home(home.path), entries)))
    answer = other.get("/readyz")
    assert answer.status_code == 503
    assert "PostgreSQL" in (answer.get_json() or {})["reason"]
    metrics = other.get("/metrics")
    found = samples(metrics.text)
    assert metrics.status_code == 200
    assert value(found, "ready") == 0
    assert value(found, "requests_total", route="/readyz", status="503") == 1
    assert not any("source" in name for name, _ in found)
    assert "a-secret" not in answer.text + metrics.text


def test_figures_of_sources(served: Client, entries: Catalog, home: Home) -> None:
    found = samples(served.get("/metrics").text)
    assert value(found, "ready") == 1
    assert value(found, "store_version") == home.store.version()
    assert value(found, "build_info", version=__version__) == 1
    runs = {outcome: value(found, "runs_total", source="pypl", outcome=outcome) for outcome in ("updated", "refused")}
    assert runs == {"updated": 1, "refused": 1}
    assert value(found, "runs_total", source="languish", outcome="failed") == 0
    assert value(found, "source_last_run_duration_seconds", source="pypl") == 7
    assert value(found, "source_rows", source="pypl") == 3
    assert value(found, "source_rows", source="languish") == 0
    assert value(found, "source_newest_period_age_days", source="languish") is None
    assert value(found, "source_state", source="pypl", state="failing") == 1
    assert value(found, "source_state", source="pypl", state="fresh") == 0
    in_state = [labels for (name, labels), on in found.items() if name == "stacktide_source_state" and on == 1]
    assert len(in_state) == len(entries.sources)


def test_age_goes_by_the_clock(home: Home, entries: Catalog, served: Client) -> None:
    import flask

    server = flask.Flask("test")
    ops.register(server, home, entries, clock=lambda: NOON)
    found = samples(server.test_client().get("/metrics").text)
    assert value(found, "source_newest_period_age_days", source="pypl") == 31
    assert value(found, "source_last_good_timestamp_seconds", source="pypl") == 1788264000
    ended(home, "updated", 3)
    home.store.replace(home.store.read(source=["pypl"])[:1], source="pypl")
    found = samples(server.test_client().get("/metrics").text)  # read anew each time
    assert value(found, "source_state", source="pypl", state="stale") == 1
    assert value(found, "runs_total", source="pypl", outcome="updated") == 2
    assert value(found, "store_version") == 1


def test_requests_are_counted_by_rule_and_status(served: Client) -> None:
    for path in (
        "/api/v1/series",
        "/api/v1/series?region=XX",
        "/view/trends",
        "/view/none",
        *[f"/no-{n}" for n in range(9)],
    ):
        served.get(path)
    served.post("/healthz")
    found = samples(served.get("/metrics").text)
    assert value(found, "requests_total", route="/view/<page_id>", status="404") == 1
    assert value(found, "requests_total", route="/<path:path>", status="404") == 9
    assert value(found, "requests_total", route="none", status="405") == 1
    counted = [
        on for (name, labels), on in found.items() if name.endswith("requests_total") and "/api/v1/" in str(labels)
    ]
    assert sum(counted) == 2
    assert value(found, "request_duration_seconds_count", route="/api/v1/<name>") == 2
    assert value(found, "request_duration_seconds_bucket", route="/api/v1/<name>", le="+Inf") == 2
    assert not any("no-1" in str(labels) or "XX" in str(labels) for _, labels in found)


def test_warming_up_is_not_counted(home: Home, entries: Catalog, observations: Callable[..., pd.DataFrame]) -> None:
    home.store.replace(observations(), source="pypl")
    delivery = Delivery(create_app(home, entries)).warm()
    delivery.warm_views()
    found = samples(Client(delivery).get("/metrics").text)
    assert not any(name.startswith("stacktide_request") for name, _ in found)


def test_other_formats_are_negotiated(served: Client) -> None:
    answer = served.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.content_type.startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


def folders(server: int) -> list[Path]:
    """Where the server with this process id counts."""
    return list(Path(ops.memory() or tempfile.gettempdir()).glob(f"stacktide-counts-{server}-*"))


def test_what_a_killed_server_left_goes_at_the_next_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(ops, "memory", lambda: str(tmp_path))
    left, young, used = (tmp_path / f"stacktide-counts-{name}" for name in ("left", "young", "used"))
    for folder in (left, young, used):
        folder.mkdir()
        (folder / "counter_1.db").touch()
    for folder in (left, used):
        os.utime(folder, (0, 0))
    lock = os.open(used, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_SH)
    with ops.shared_counts():
        own = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
        assert set(tmp_path.iterdir()) == {young, used, own}
    os.close(lock)
    assert set(tmp_path.iterdir()) == {young, used}
    assert "PROMETHEUS_MULTIPROC_DIR" not in os.environ


@pytest.mark.slow
def test_all_processes_of_a_server_count_together(
    home: Home, entries: Catalog, observations: Callable[..., pd.DataFrame]
) -> None:
    """Ten at a time, so that both answer; each scrape, by whichever of them, tells of all that was asked before."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # rows of every source: the start is the faster for it
    frames = [observations(source=s.id, indicator=s.indicators[0].id, frequency="M") for s in entries.sources]
    text = dict.fromkeys(schema.CATEGORIES, "str")
    home.store.replace(schema.typed(pd.concat([frame.astype(text) for frame in frames])))
    words = [
        sys.executable,
        "-m",
        "etl.cli",
        "serve",
        "--home",
        str(home.path),
        "--port",
        str(port),
        "--workers",
        "2",
        "--no-scheduler",
    ]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}

    def get(path: str) -> str:
        with urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
            return str(answer.read().decode())

    with subprocess.Popen(
        words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            assert server.stdout.readline().startswith("Stacktide is at")
            (folder,), asked, until = folders(server.pid), 0, time.monotonic() + 30
            with ThreadPoolExecutor(10) as pool:
                while len(list(folder.glob("histogram_*.db"))) < 2:  # the second worker may be ready a little later
                    assert time.monotonic() < until, "only one process answered"
                    asked += len(list(pool.map(get, ["/healthz"] * 50)))
            counted = [
                value(samples(get("/metrics")), "requests_total", route="/healthz", status="200") for _ in "abcdef"
            ]
            assert counted == [asked] * 6
            assert value(samples(get("/metrics")), "source_rows", source="pypl") == 1
            server.send_signal(signal.SIGTERM)
            out, said = server.communicate(timeout=20)
        finally:
            if server.poll() is None:
                server.terminate()
    assert (server.returncode, out, said) == (0, "", "")
    assert folders(server.pid) == []
