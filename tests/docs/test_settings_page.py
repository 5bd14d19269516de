"""docs/settings.md names every setting, and no page names one that nothing reads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from bot.contacts.mail import SmtpSettings
from bot.handoff.settings import HandoffSettings, QueueSettings
from bot.settings import Settings
from bot.transfer_targets import TransferSettings
from tests.docs.pages import DOCS, ROOT, pages
from voice_gateway.settings import Settings as VoiceSettings

VARIABLE = re.compile(r"\bFIRSTLINE_[A-Z0-9_]*[A-Z0-9]")
# A word that stands for any setting, in an explanation.
STAND_INS = {"FIRSTLINE_HANDOFF__NAME"}


@pytest.fixture(scope="module")
def settings_page() -> str:
    return (DOCS / "settings.md").read_text()


def setting_variables() -> set[str]:
    own = {f"FIRSTLINE_{name}".upper() for name in Settings.model_fields if name != "handoff"}
    groups = (("handoff", HandoffSettings), ("smtp", SmtpSettings), ("transfers", TransferSettings))
    for group, settings in groups:
        own |= {f"FIRSTLINE_{group}__{name}".upper() for name in settings.model_fields}
    sections = {f"FIRSTLINE_VOICE_{name}".upper() for name in VoiceSettings.model_fields}
    return own | sections | set(voice_variables())


def voice_variables() -> dict[str, str]:
    """The gateway's, with their names in its table; of its sections, each setting."""
    found: dict[str, str] = {}
    for name, field in VoiceSettings.model_fields.items():
        variable = f"FIRSTLINE_VOICE_{name}".upper()
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            found |= {f"{variable}__{inner}".upper(): inner for inner in section.model_fields}
        elif name != "api_token":
            found[variable] = name
    return found


def variables_read_elsewhere() -> set[str]:
    """Those that code, scripts and containers read without `Settings`."""
    sources = [
        *(ROOT / "bot").glob("*.py"),
        *(ROOT / "bot/handoff").glob("*.py"),
        *(ROOT / "bot/commands").glob("*.py"),
        *(ROOT / "models").glob("*.py"),
        *(ROOT / "tests").rglob("*.py"),
        *(ROOT / "scripts").iterdir(),
        ROOT / "docker/entrypoint",
        ROOT / "Makefile",
    ]
    found: set[str] = set()
    for path in sources:
        if path != Path(__file__):
            found |= set(VARIABLE.findall(path.read_text()))
    return found


@pytest.mark.parametrize("name", [name for name in Settings.model_fields if name != "handoff"])
def test_page_has_a_row_for_each_setting(settings_page: str, name: str) -> None:
    assert f"\n| `FIRSTLINE_{name.upper()}` | `{name}` |" in settings_page


@pytest.mark.parametrize(
    "name",
    [
        *HandoffSettings.model_fields,
        *QueueSettings.model_fields,
        *SmtpSettings.model_fields,
        *TransferSettings.model_fields,
    ],
)
def test_page_has_a_row_for_each_nested_setting(settings_page: str, name: str) -> None:
    assert f"\n| `{name}` |" in settings_page


@pytest.mark.parametrize(("variable", "name"), voice_variables().items())
def test_page_has_a_row_for_each_setting_of_the_phone_line(
    settings_page: str, variable: str, name: str
) -> None:
    pages = settings_page + (DOCS / "voices.md").read_text()
    assert f"\n| `{variable}` | `{name}` |" in pages or f"\n| `{name}` |" in pages


def test_page_gives_the_defaults(settings_page: str) -> None:
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, bool | int):
            row = f"\n| `FIRSTLINE_{name.upper()}` | `{name}` | `{str(field.default).lower()}` |"
            assert row in settings_page
    for name, field in [*HandoffSettings.model_fields.items(), *SmtpSettings.model_fields.items()]:
        if isinstance(field.default, bool | int | float):
            value = str(field.default).lower() if isinstance(field.default, bool) else f"{field.default:g}"
            assert f"\n| `{name}` | `{value}` |" in settings_page, name


@pytest.mark.parametrize(
    "page", [*pages(), ROOT / "docker/compose.yaml", ROOT / "docker/Dockerfile"], ids=lambda page: page.name
)
def test_no_page_names_a_variable_that_nothing_reads(page: Path) -> None:
    known = setting_variables() | variables_read_elsewhere() | STAND_INS
    assert set(VARIABLE.findall(page.read_text())) <= known
