"""Where settings come from, the bot's and the voice gateway's: the one module that the two share."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, ClassVar

from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    PyprojectTomlConfigSettingsSource,
    SettingsConfigDict,
)

FILE = Path("firstline.toml")


class TomlSettings(BaseSettings):
    """Options, then the environment, then ``firstline.toml``, then defaults.

    Of the file, the table that ``pyproject_toml_table_header`` names is read, and ``root_tables``, which the
    bot and the gateway share.
    """

    root_tables: ClassVar[tuple[str, ...]] = ()

    model_config = SettingsConfigDict(
        env_nested_delimiter="__", extra="ignore", pyproject_toml_table_header=()
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        toml = PyprojectTomlConfigSettingsSource(settings_cls, FILE)
        shared = InitSettingsSource(settings_cls, _tables(cls.root_tables))
        return init_settings, env_settings, toml, shared, file_secret_settings


def _tables(names: tuple[str, ...]) -> dict[str, Any]:
    """These tables of the file, where it has them."""
    if not names or not FILE.is_file():
        return {}
    with FILE.open("rb") as file:
        whole = tomllib.load(file)
    return {name: whole[name] for name in names if name in whole}
