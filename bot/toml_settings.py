"""Where settings come from, the bot's and the voice gateway's: the one module that the two share."""

from __future__ import annotations

from pathlib import Path

from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    PyprojectTomlConfigSettingsSource,
    SettingsConfigDict,
)

FILE = Path("firstline.toml")


class TomlSettings(BaseSettings):
    """Options, then the environment, then ``firstline.toml``, then defaults.

    Of the file, the table that ``pyproject_toml_table_header`` names is read.
    """

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
        return init_settings, env_settings, toml, file_secret_settings
