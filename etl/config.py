"""Configuration in one place: the environment (`STACKTIDE_...`), then `stacktide.toml`, then the defaults below."""

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, get_args

from pydantic import Field, SecretStr, ValidationError, model_validator
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
        given = [self.smtp_host, self.mail_from, self.mail_to]
        if any(given) and not all(given):
            raise ValueError("smtp_host, mail_from and mail_to come together: give all three or none")
        if (self.smtp_user is None) != (self.smtp_password is None):
            raise ValueError("smtp_user and smtp_password come together: give both or neither")
        return self

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
        field = ".".join(str(part) for part in first["loc"]) or "mail"
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
