"""`make help` and the README speak of targets that exist."""

import os
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROMISED = {"help", "setup", "run", "test", "check", "format", "lock", "embed", "screenshot", "wheel", "clean"}


def make(*arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    outside = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        ["make", *arguments], cwd=folder, env=outside, capture_output=True, text=True, check=False, timeout=60
    )


def targets() -> set[str]:
    """The targets that the Makefile declares, bar the one that only forces others."""
    phony = re.findall(r"^\.PHONY:(.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    return set(" ".join(phony).split()) - {"FORCE"}


def helped(text: str) -> dict[str, str]:
    return dict(re.findall(r"^make (\S+)\s+(\S.*)$", text, re.MULTILINE))


def test_help_lists_every_target_with_a_line() -> None:
    done = make("help")
    assert done.returncode == 0, done.stderr
    assert set(helped(done.stdout)) == targets() >= PROMISED


def test_help_is_the_default() -> None:
    assert make().stdout == make("help").stdout != ""


def test_help_works_in_a_folder_with_a_blank_in_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "a b"
    folder.mkdir()
    shutil.copy(ROOT / "Makefile", folder)
    assert make("help", folder=folder).stdout == make("help").stdout


def test_every_target_can_be_planned() -> None:
    for target in sorted(targets()):
        done = make("--dry-run", target)
        assert done.returncode == 0, f"make {target}: {done.stderr}"


def test_the_readme_names_targets_that_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    code = re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL)
    named = {target for piece in code for target in re.findall(r"(?<![\w-])make ([a-z]+)", piece)}
    assert {"run", "test"} <= named
    assert named <= targets()
