"""Configuration in one place: the environment (`STACKTIDE_...`), then `stacktide.toml`, then the defaults below."""

import os
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, get_args

from pydantic import AfterValidator, AnyHttpUrl, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from etl.errors import UsageError

FILE: Final = "stacktide.toml"
FILE_VARIABLE: Final = "STACKTIDE_CONFIG"
PREFIX: Final = "STACKTIDE_"

Origin = Literal["environment", "file", "default"]

_TOGETHER: Final = {
    ("smtp_host", "mail_from", "mail_to"): "give all three or none",
    ("smtp_user", "smtp_password"): "give both or neither",
}
_HALF_GIVEN: Final = "half_given"


def _origin(text: str) -> str:
    """Scheme, host and port, such as `https://tide.example.org:8443`; a slash at the end is left out."""
    told = text.strip().rstrip("/")
    if not re.fullmatch(r"https?://([A-Za-z0-9.\-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?", told):
        raise ValueError(f"{told[:60]!r} is no origin: give scheme, host and port only, as in https://tide.example.org")
    return told.lower()


def _origins(text: str) -> str:
    """`*`, or origins between commas."""
    return text.strip() if text.strip() == "*" else ",".join(_origin(part) for part in text.split(","))


class Settings(BaseSettings):
    """What can be set. A field `x` is the variable `STACKTIDE_X`, and the key `x` of the file.

    The file is the one that `STACKTIDE_CONFIG` names, else `stacktide.toml` in the working folder, if there is one.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    state_url: SecretStr | None = None
    """SQLAlchemy address of the operational state (`postgresql+psycopg://...`); none: SQLite in the home folder."""
    admin_token: SecretStr | None = None
    """Who gives it may refresh and change schedules from anywhere; none: only from this machine."""
    contact: Annotated[str, Field(pattern=r"^[\x21-\x7e]{3,200}$")] | None = None
    """A mail or web address told to publishers in the User-Agent, as many of them ask for."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "ERROR"
    log_format: Literal["text", "json"] = "text"
    jitter_minutes: float = Field(default=5, ge=0, le=720)
    """A scheduled refresh begins up to so many minutes after its time, so that publishers are not all asked at once."""
    keep_days: int = Field(default=365, ge=1, le=36_500)
    """Vintages younger than this are kept."""
    export_rows: int = Field(default=20_000_000, ge=1)
    """Most rows of one answer or file over HTTP; what has more is refused."""
    exports_at_once: int = Field(default=2, ge=1, le=64)
    """Large downloads under way at once in each process of the server, and files made at once in the background."""
    patience_seconds: float = Field(default=30, ge=1, le=600)
    """For how long a client may take nothing of an answer, or be at sending a request, before it is cut off."""
    public_url: Annotated[str, AfterValidator(_origin)] | None = None
    """Where readers find the dashboard: links in files and answers begin with it. None: as requests are addressed."""
    cors_origins: Annotated[str, AfterValidator(_origins)] | None = None
    """Origins of other sites whose pages may read the API, separated by commas; `*`: any; none: no other site."""
    webhook_url: SecretStr | None = None
    """Where a message goes, as JSON, when the state of a source changes."""
    smtp_host: str | None = None
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_tls: bool = True
    """Whether the connection must be encrypted (STARTTLS)."""
    mail_from: str | None = None
    mail_to: str | None = None
    """Addresses, separated by commas."""

    @model_validator(mode="after")
    def _mail_is_whole(self) -> Self:
        for together, remedy in _TOGETHER.items():
            missing = [name for name in together if not getattr(self, name)]
            if missing and len(missing) < len(together):
                variables = _and(f"{PREFIX}{name.upper()}" for name in missing)
                told = f"{_and(together)} come together: {remedy}; not given: {_and(missing)} (variable {variables}"
                raise PydanticCustomError(_HALF_GIVEN, "{told}", {"told": f"{told}, or {FILE})"})
        return self

    @field_validator("webhook_url")
    @classmethod
    def _webhook_is_an_address(cls, value: SecretStr | None) -> SecretStr | None:
        try:
            AnyHttpUrl(value.get_secret_value() if value is not None else "https://none")
        except ValidationError:  # it would repeat the address, which may be the secret
            raise ValueError("it is no web address; give one that begins with https:// or http://") from None
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment first, then the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, config_file())


def _and(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def config_file() -> Path | None:
    """The configuration file in use, if any.

    Raises UsageError when STACKTIDE_CONFIG names a file that is not there.
    """
    named = os.environ.get(FILE_VARIABLE)
    if named:
        file = Path(named).expanduser()
        if not file.is_file():
            raise UsageError(f"There is no configuration file {file}: correct {FILE_VARIABLE}, or unset it.")
        return file
    local = Path(FILE)
    return local.resolve() if local.is_file() else None


def load() -> Settings:
    """The settings in force.

    Raises UsageError, in one sentence that names the field, when one is wrong or unknown.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        if first["type"] == _HALF_GIVEN:
            raise UsageError(f"The settings {first['msg']}.") from error
        field = ".".join(str(part) for part in first["loc"])
        remedy = (
            "no such setting; remove it or correct its name" if first["type"] == "extra_forbidden" else first["msg"]
        )
        raise UsageError(
            f"The setting `{field}` (variable STACKTIDE_{field.upper()} or {FILE}): "
            f"{remedy.removeprefix('Value error, ')}."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UsageError(f"{config_file()} cannot be read ({error}): mend it there.") from error


@dataclass(frozen=True)
class Shown:
    """One setting as it may be shown: a secret is only `set` or `not set`."""

    name: str
    variable: str
    value: Any
    origin: Origin


def shown(settings: Settings) -> list[Shown]:
    """All settings in force without secrets, and where each comes from."""
    in_environment = EnvSettingsSource(Settings)()
    in_file = TomlConfigSettingsSource(Settings, config_file())()
    return [
        Shown(
            name,
            f"{PREFIX}{name.upper()}",
            ("set" if value else "not set") if _is_secret(name) else value,
            "environment" if name in in_environment else "file" if name in in_file else "default",
        )
        for name, value in settings
    ]


def _is_secret(name: str) -> bool:
    annotation = Settings.model_fields[name].annotation
    return SecretStr in (annotation, *get_args(annotation))
