"""Settings from environment and file; how they are shown; what the log looks like, and what it never holds."""

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from etl import cli, config, logs
from etl.catalog import Access, Catalog, Token
from etl.errors import UsageError
from etl.home import Home
from etl.state import HEALTH

SECRETS = {
    "state_url": "postgresql://stacktide:pass%2Fword@db.example.org/stacktide",
    "admin_token": "admin-token-0815",
    "webhook_url": "https://hooks.example.org/services/T01/B02/c03secret",
    "smtp_password": 'smtp "pass\'word" \\ü',
}


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No setting of whoever runs the tests, and the log as it was before."""
    for name in config.Settings.model_fields:
        monkeypatch.delenv(f"STACKTIDE_{name.upper()}", raising=False)
    monkeypatch.delenv("STACKTIDE_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    root = logging.getLogger()
    handlers, level, hidden = root.handlers[:], root.level, set(logs._secrets)
    yield
    root.handlers[:], root.level = handlers, level
    logs._secrets.clear()
    logs._secrets.update(hidden)


@pytest.fixture
def every_secret(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    for name, secret in SECRETS.items():
        monkeypatch.setenv(f"STACKTIDE_{name.upper()}", secret)
    monkeypatch.setenv("STACKTIDE_SMTP_USER", "stacktide")
    return SECRETS


def test_environment_then_file_then_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "stacktide.toml").write_text('log_level = "INFO"\nkeep_days = 30\nadmin_token = "of the file"\n')
    monkeypatch.setenv("STACKTIDE_KEEP_DAYS", "40")
    found = config.load()
    assert (found.log_level, found.keep_days, found.log_format) == ("INFO", 40, "text")
    shown = {s.name: (s.value, s.origin) for s in config.shown(found)}
    assert list(shown) == list(config.Settings.model_fields)
    assert shown["log_level"] == ("INFO", "file")
    assert shown["keep_days"] == (40, "environment")
    assert shown["log_format"] == ("text", "default")
    assert shown["admin_token"] == ("set", "file")
    assert shown["webhook_url"] == ("not set", "default")


def test_the_readme_names_every_setting() -> None:
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
    section = readme.partition("## Configuration\n")[2].partition("\n## ")[0]
    assert [name for name in config.Settings.model_fields if f"`{name}`" not in section] == []


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACKTIDE_ADMIN_TOKEN", "")
    assert config.load().admin_token is None
    assert {s.name: s.origin for s in config.shown(config.load())}["admin_token"] == "default"


def test_another_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text('log_format = "json"\n')
    monkeypatch.setenv("STACKTIDE_CONFIG", str(tmp_path / "other.toml"))
    assert config.load().log_format == "json"
    monkeypatch.setenv("STACKTIDE_CONFIG", str(tmp_path / "none.toml"))
    with pytest.raises(UsageError, match=r"There is no configuration file .*none\.toml: correct STACKTIDE_CONFIG"):
        config.load()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("keep_dayz = 3\n", r"The setting `keep_dayz` .*: no such setting; remove it or correct its name\."),
        (
            "keep_days = 0\n",
            r"The setting `keep_days` \(variable STACKTIDE_KEEP_DAYS or stacktide\.toml\): Input should",
        ),
        ('log_level = "LOUD"\n', "The setting `log_level` .*: Input should be 'DEBUG'"),
        (
            'smtp_host = "mail.example.org"\n',
            (
                r"The settings smtp_host, mail_from and mail_to come together: give all three or none; not given: "
                r"mail_from and mail_to \(variable STACKTIDE_MAIL_FROM and STACKTIDE_MAIL_TO, or stacktide\.toml\)\."
            ),
        ),
        (
            'smtp_user = "ada"\n',
            "The settings smtp_user and smtp_password come together: give both or neither; not given: smtp_password",
        ),
        ('webhook_url = "hooks.example.org/s3cr3t"\n', "`webhook_url` .*: it is no web address; give one"),
        (
            'webhook_url = "ftp://hooks.example.org/s3cr3t"\n',
            "it is no web address; give one that begins with https://",
        ),
        ('webhook_url = "https://"\n', "it is no web address; give one that begins with https:// or http://."),
        ("keep_days = \n", r"stacktide\.toml cannot be read .*: mend it there\."),
    ],
)
def test_a_wrong_file_is_one_sentence(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "stacktide.toml").write_text(text)
    with pytest.raises(UsageError, match=told) as raised:
        config.load()
    assert "\n" not in str(raised.value)
    assert "s3cr3t" not in str(raised.value) + str(raised.value.__cause__)


def test_a_wrong_secret_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SMTP_PORT", "KEEP_DAYS"):
        monkeypatch.setenv(f"STACKTIDE_{name}", "really-a-password")
    with pytest.raises(UsageError) as raised:
        config.load()
    assert "really-a-password" not in str(raised.value) + str(raised.value.__cause__)


@pytest.fixture
def stacktide(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def run(*words: str) -> tuple[int, str, str]:
        code: Any = 0
        try:
            cli.main(lambda: cli.app(list(words), prog_name="stacktide"))
        except SystemExit as end:
            code = end.code or 0
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def test_config_show(
    stacktide: Callable[..., tuple[int, str, str]], every_secret: dict[str, str], tmp_path: Path
) -> None:
    code, out, err = stacktide("config", "show", "--json", "--home", str(tmp_path))
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert document["file"] is None
    rows = {row["name"]: row for row in document["settings"] if row["name"]}
    assert list(rows) == ["home", *config.Settings.model_fields]
    assert rows["home"] == {
        "name": "home",
        "variable": "STACKTIDE_HOME",
        "value": str(tmp_path),
        "origin": "command line",
    }
    assert {name: (rows[name]["value"], rows[name]["origin"]) for name in every_secret} == dict.fromkeys(
        every_secret, ("set", "environment")
    )
    (tmp_path / "stacktide.toml").write_text("smtp_port = 25\n")
    code, table, err = stacktide("config", "show", "--home", str(tmp_path))
    assert (code, err) == (0, "")
    assert f"File: {tmp_path / 'stacktide.toml'}" in table
    assert any(line.split() == ["smtp_port", "STACKTIDE_SMTP_PORT", "25", "file"] for line in table.splitlines())
    for secret in every_secret.values():
        assert secret not in out + table


def test_a_wrong_setting_stops_every_command(
    stacktide: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STACKTIDE_LOG_LEVEL", "LOUD")
    code, out, err = stacktide("sources")
    assert (code, out) == (2, "")
    assert err.startswith("stacktide: The setting `log_level`")
    assert err.count("\n") == 1


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """What was logged since it was asked last."""
    return lambda: capsys.readouterr().err


def test_json_is_one_object_a_line(written: Callable[[], str]) -> None:
    logs.configure(config.Settings(log_format="json", log_level="INFO"))
    log = logging.getLogger("etl.anything")
    log.debug("not this")
    log.info("outside")
    with logs.about(7, "pypl"):
        log.warning("two\nlines, %s and \u2028 too", 'a "quote"')
        try:
            raise ValueError("broken")
        except ValueError:
            log.exception("it broke")
    log.info("outside again")
    lines = [json.loads(line) for line in written().splitlines()]
    assert [line["message"] for line in lines] == [
        "outside",
        'two\nlines, a "quote" and \u2028 too',
        "it broke",
        "outside again",
    ]
    assert [(line.get("run"), line.get("source")) for line in lines] == [(None, None), *[(7, "pypl")] * 2, (None, None)]
    assert [line["level"] for line in lines] == ["INFO", "WARNING", "ERROR", "INFO"]
    assert {line["logger"] for line in lines} == {"etl.anything"}
    assert lines[2]["exception"].endswith("ValueError: broken")
    assert all(line["time"].endswith("Z") for line in lines)


def test_text_names_run_and_source(written: Callable[[], str]) -> None:
    logs.configure(config.Settings(log_level="INFO"))
    with logs.about(7, "pypl"):
        logging.getLogger("etl.anything").info("it begins")
    assert written().split(" ", 1)[1] == "INFO etl.anything (pypl run 7): it begins\n"


def test_configured_again_nothing_is_said_twice(written: Callable[[], str]) -> None:
    for _ in range(3):
        logs.configure(config.Settings(log_level="INFO"))
    logging.getLogger("etl.anything").info("once")
    assert written().count("once") == 1


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_secret_is_ever_logged(
    form: str, every_secret: dict[str, str], written: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STACKTIDE_LOG_FORMAT", form)
    monkeypatch.setenv("STACKTIDE_LOG_LEVEL", "DEBUG")
    settings = config.load()
    logs.configure(settings)
    log = logging.getLogger("etl.anything")
    parts = [*every_secret.values(), "pass%2Fword", "/services/T01/B02/c03secret"]
    for part in parts:
        log.error("as text: %s", part)
        log.error(f"in the text: {part}")  # noqa: G004
        try:
            raise RuntimeError(part)
        except RuntimeError:
            log.exception("in a traceback, after %s", {"a": [part]})
    log.error("all: %r", settings)
    told = written()
    assert told.count("***") >= 4 * len(parts)
    for part in (*parts, "c03secret", "word@"):
        assert part not in told
        assert json.dumps(part)[1:-1] not in told


def test_tokens_of_publishers_are_hidden(
    entries: Catalog, written: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    token = Token(variable="FORGE_TOKEN", header="Authorization", prefix="Bearer ")
    access = Access(documented="https://forge.example.org/limits", per_second=1, token=token)
    source = entries.sources[0].model_copy(update={"access": access})
    catalog = Catalog(
        technologies=entries.technologies, use_cases=entries.use_cases, sources=[source], shared_breaks=[]
    )
    monkeypatch.setenv("FORGE_TOKEN", " ghx_0123456789 ")
    logs.configure(config.load())
    logs.hide_tokens(catalog)
    logging.getLogger("etl.anything").error("Authorization: Bearer ghx_0123456789")
    assert written().endswith("Authorization: Bearer ***\n")


def test_a_refresh_logs_its_run_and_notes_the_states(
    stacktide: Callable[..., tuple[int, str, str]],
    pypl_mirror: Callable[[Path, float], Path],
    home: Home,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STACKTIDE_LOG_FORMAT", "json")
    monkeypatch.setenv("STACKTIDE_LOG_LEVEL", "INFO")
    mirror = pypl_mirror(tmp_path / "mirror", 0.0)
    _, out, err = stacktide("refresh", "pypl", "--json", "--upstream", str(mirror), "--home", str(home.path))
    (run,) = json.loads(out)["runs"]
    lines = [json.loads(line) for line in err.splitlines()]
    ours = [line for line in lines if line["logger"] == "etl.pipeline"]
    assert [line["message"].split(",")[0] for line in ours] == [
        "the run begins (manual)",
        f"the run ends: {run['outcome']}",
    ]
    assert {(line["run"], line["source"]) for line in ours} == {(run["id"], "pypl")}
    with home.state.reading() as connection:
        states = {row.source: row.state for row in connection.execute(sa.select(HEALTH))}
    assert states["pypl"] == ("failing" if run["outcome"] in ("failed", "refused") else "stale")


@pytest.mark.parametrize(
    ("name", "given", "read"),
    [
        ("public_url", "https://Tide.example.org:8443/", "https://tide.example.org:8443"),
        ("public_url", "http://[::1]:8050", "http://[::1]:8050"),
        ("cors_origins", "*", "*"),
        ("cors_origins", "https://a.example, http://b.example:81/", "https://a.example,http://b.example:81"),
    ],
)
def test_origins_are_scheme_host_and_port(monkeypatch: pytest.MonkeyPatch, name: str, given: str, read: str) -> None:
    monkeypatch.setenv(f"STACKTIDE_{name.upper()}", given)
    assert getattr(config.load(), name) == read


@pytest.mark.parametrize("name", ["public_url", "cors_origins"])
@pytest.mark.parametrize(
    "given", ["tide.example.org", "https://a.example/path", "ftp://a.example", "https://a b", "null"]
)
def test_what_is_no_origin_is_refused_with_an_example(monkeypatch: pytest.MonkeyPatch, name: str, given: str) -> None:
    monkeypatch.setenv(f"STACKTIDE_{name.upper()}", given)
    with pytest.raises(UsageError, match=rf"`{name}`.* is no origin: give scheme, host and port only, as in https://"):
        config.load()
