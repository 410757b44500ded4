"""What was fetched for the browser is told by its record, in which version, unchanged; outlines are made smaller."""

import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "vendor.py"


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(SCRIPT.parent))  # what it imports lies beside it
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


def test_the_map_is_drawn_by_the_plotly_of_the_other_pages(vendor: ModuleType) -> None:
    versions = vendor.pinned()
    assert versions["plotly.js-geo-dist-min"] == versions["plotly.js-basic-dist-min"] == vendor.wanted_plotly()
    locked = json.loads((SCRIPT.parents[1] / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for name, version in versions.items():
        assert locked[f"node_modules/{name}"]["version"] == version
        assert locked[f"node_modules/{name}"]["integrity"].startswith("sha512-")


def test_a_package_without_a_text_of_its_licence_is_quoted(vendor: ModuleType, tmp_path: Path) -> None:
    told = {"name": "atlas", "version": "1.0.0", "license": "BSD-3-Clause", "homepage": "https://example.org/atlas"}
    (tmp_path / "package.json").write_text(json.dumps(told))
    (tmp_path / "README.md").write_text("Credits: the surveyors")
    terms = vendor.terms(tmp_path, vendor.PARTS[-1])
    assert "atlas 1.0.0 (https://example.org/atlas)" in terms
    assert "BSD-3-Clause" in terms
    assert "the surveyors" in terms
    (tmp_path / "LICENSE").write_text("The whole text")
    assert vendor.terms(tmp_path, vendor.PARTS[-1]) == "The whole text"


# ---- outlines -------------------------------------------------------------------------------------------------------


def shape(code: str, *rings: list[int]) -> dict[str, object]:
    return {"type": "MultiPolygon", "properties": {"a3": code}, "arcs": [[ring] for ring in rings]}


@pytest.fixture
def made(vendor: ModuleType) -> dict[str, Any]:
    """Two neighbours with a crooked border, a part of one elsewhere, a land across 180 degrees, Antarctica."""
    border = [[10, 0], *([1, 0] for _ in range(5)), [-5, 5], *([0, 1] for _ in range(5))]
    arcs = [
        border,  # from (10, 0) to (10, 10)
        [[10, 10], [-10, 0], [0, -10], [10, 0]],
        [[10, 0], [20, 0], [0, 10], [-20, 0]],
        [[50, 50], [1, 0], [0, 1], [-1, 0], [0, -1]],
        [[175, -20], [4, 0], [-354, 0], [0, 10], [354, 0], [-4, 0], [0, -10]],
        [[0, -80], [9, 0], [0, 1], [-9, -1]],
    ]
    geometries = [
        shape("AAA", [0, 1]),
        {"type": "Polygon", "properties": {"a3": "BBB"}, "arcs": [[2, ~0]]},
        shape("SOL", [3]),
        {"type": "MultiPolygon", "properties": {"a3": "SOM"}, "arcs": [[], [[3]]]},
        shape("FAR", [4]),
        shape("ATA", [5]),
        {"type": None, "properties": {"a3": "NIL"}},
    ]
    objects = {"countries": {"geometries": geometries}, "land": {"geometries": []}}
    topology = {"transform": {"scale": [1, 1], "translate": [0, 0]}, "objects": objects, "arcs": arcs}
    outlines = next(part.made for part in vendor.PARTS if part.target == "world_50m.json")
    found: dict[str, Any] = json.loads(outlines(json.dumps(topology).encode()))
    return found


def test_only_economies_stay_and_each_has_one_shape(made: dict[str, Any]) -> None:
    assert list(made["objects"]) == ["countries"]
    shapes = {each["id"]: each for each in made["objects"]["countries"]["geometries"]}
    assert list(shapes) == ["AAA", "BBB", "FAR", "SOM"]
    assert len(shapes["SOM"]["arcs"]) == 2  # what has no code of its own, and what is there twice
    assert shapes["AAA"]["properties"]["ct"] == pytest.approx([5.8, 4.8], abs=0.5)
    assert abs(shapes["FAR"]["properties"]["ct"][0]) > 175


def test_neighbours_share_their_border_and_points_on_a_line_are_left_out(made: dict[str, Any]) -> None:
    shapes = {each["id"]: each for each in made["objects"]["countries"]["geometries"]}
    (ring,), (other,) = shapes["AAA"]["arcs"][0], shapes["BBB"]["arcs"][0]
    assert ring[0] == ~other[1]
    scale = made["transform"]["scale"][0]
    x = y = 0
    corners = []
    for dx, dy in made["arcs"][ring[0]]:
        x, y = x + dx, y + dy
        corners.append((round(x * scale - 180, 1), round(y * scale - 90, 1)))
    assert corners == [(10, 0), (15, 0), (10, 5), (10, 10)]
    assert len(made["arcs"]) == 5  # that of Antarctica is gone
