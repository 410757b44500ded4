"""What was fetched for the browser is told by its record: in which version, and that nobody changed it."""

import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "vendor.py"


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("vendor", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "vendor", module)  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(vendor: ModuleType, tmp_path: Path) -> Path:
    """A checkout in which every part lies as it was fetched."""
    folder = tmp_path / "assets" / "vendor"
    folder.mkdir(parents=True)
    packages = {part.package for part in vendor.PARTS}
    (tmp_path / "package.json").write_text(json.dumps({"dependencies": dict.fromkeys(packages, "1.2.3")}))
    for part in vendor.PARTS:
        (folder / part.target).write_text(part.target)
        (folder / vendor.licence(part)).write_text("terms")
    record = {part.target: vendor.recorded(part, folder, "1.2.3") for part in vendor.PARTS}
    (folder / vendor.RECORD).write_text(json.dumps(record))
    return tmp_path


def test_what_was_fetched_is_complete(vendor: ModuleType, checkout: Path) -> None:
    assert vendor.complete(checkout)


@pytest.mark.parametrize(
    "harm",
    [
        lambda folder: (folder / "swagger-ui.css").write_text("another"),
        lambda folder: (folder / "swagger-ui.css").unlink(),
        lambda folder: (folder / "swagger-ui.css.LICENSE.txt").unlink(),
        lambda folder: (folder / "parts.json").unlink(),
        lambda folder: (folder / "parts.json").write_text("[]"),
        lambda folder: (folder.parents[1] / "package.json").write_text(
            '{"dependencies": {"swagger-ui-dist": "1.2.4"}}'
        ),
    ],
    ids=["changed", "missing", "without licence", "without record", "no record", "another version"],
)
def test_what_is_not_as_it_was_fetched_is_not(
    vendor: ModuleType, checkout: Path, harm: Callable[[Path], object]
) -> None:
    harm(checkout / "assets" / "vendor")
    try:
        assert not vendor.complete(checkout)
    except KeyError:
        pytest.fail("a version that is not pinned must be told, not raised")
