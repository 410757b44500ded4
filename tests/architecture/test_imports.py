"""The import contracts of pyproject.toml hold, and would notice a breach."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, ''); {program}", "--no-cache"],
        cwd=folder,
        env={"PATH": "", "COLUMNS": "200", "NO_COLOR": "1", "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def figure(pattern: str, output: str) -> int:
    found = re.search(pattern, output)
    assert found is not None, output
    return int(found.group(1))


def test_contracts_are_kept_and_modules_were_seen() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    configured = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    modules = [path for package in configured["root_packages"] for path in (ROOT / package).rglob("*.py")]
    assert figure(r"Analyzed (\d+) files", done.stdout) >= len(modules) > 10
    assert figure(r"Contracts: (\d+) kept", done.stdout) == len(configured["contracts"]) > 0
    assert figure(r"(\d+) broken", done.stdout) == 0


def test_every_module_has_its_layer() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (layers,) = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    named = set(re.findall(r"[a-z_.]+", " ".join(layers)))
    there = {
        f"{package}.{path.stem}"
        for package in ("etl", "dashboard")
        for path in (ROOT / package).iterdir()
        if path.suffix == ".py" or (path / "__init__.py").is_file()
    } - {"etl.__init__", "dashboard.__init__"}
    assert there - named == set(), "add these modules to the layers in pyproject.toml"


CONTRACTS = {
    "layers": 'layers = ["loom.page", "loom.chart", "loom.store"]',
    "independence": 'modules = ["loom.sources.*"]',
    "forbidden": 'source_modules = ["loom.chart"]\nforbidden_modules = ["requests"]',
}
BREACHES = {
    "layers": ("store.py", "import loom.page\n"),
    "independence": ("sources/one.py", "from loom.sources import two\n"),
    "forbidden": ("chart.py", "import requests\n"),
}


@pytest.mark.parametrize("kind", CONTRACTS)
def test_a_breach_is_noticed(kind: str, tmp_path: Path) -> None:
    package = tmp_path / "loom"
    (package / "sources").mkdir(parents=True)
    for name in ("__init__", "page", "chart", "store", "sources/__init__", "sources/one", "sources/two"):
        (package / f"{name}.py").touch()
    (tmp_path / "pyproject.toml").write_text(
        '[tool.importlinter]\nroot_packages = ["loom"]\ninclude_external_packages = true\n'
        f'[[tool.importlinter.contracts]]\nname = "{kind}"\ntype = "{kind}"\n{CONTRACTS[kind]}\n',
        encoding="utf-8",
    )
    before = lint(tmp_path)
    assert before.returncode == 0, before.stdout + before.stderr
    assert figure(r"Contracts: (\d+) kept", before.stdout) == 1

    name, line = BREACHES[kind]
    (package / name).write_text(line, encoding="utf-8")
    after = lint(tmp_path)
    assert after.returncode == 1, after.stdout + after.stderr
    assert figure(r"(\d+) broken", after.stdout) == 1
