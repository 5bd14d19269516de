"""Every setting of the bot: options, then ``FIRSTLINE_*`` variables, then ``firstline.toml``, then defaults.

Nested settings are written with two underscores: ``FIRSTLINE_HANDOFF__OFFER_TIMEOUT_S=30``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from bot.contacts.mail import SmtpSettings
from bot.handoff.settings import HandoffSettings
from bot.redaction.kinds import PersonalKind
from bot.toml_settings import TomlSettings
from bot.transfer_targets import TransferSettings

ROOT = Path(__file__).resolve().parents[1]


class Settings(TomlSettings):
    """What an operator can set. Times are seconds, sizes are characters unless the name says otherwise."""

    model_config = SettingsConfigDict(env_prefix="FIRSTLINE_")

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port of the pages and the API.")
    demo: bool = Field(False, description="Demo data and logins; loopback only.")
    data_dir: Path = Field(Path(".firstline"), description="Where the embedded database is kept.")
    database_url: str | None = Field(None, description="SQLAlchemy URL; by default SQLite in data_dir.")
    redis_url: str | None = Field(None, description="Needed when several nodes serve together.")
    api_token: SecretStr | None = Field(None, description="The bearer token of programs that call the API.")
    project: Path = Field(ROOT / "nlu_data" / "shop", description="The Rasa project that the bot runs.")
    actions: str | None = Field(None, description="Python package with a project's own rasa-sdk actions.")
    model: Path | None = Field(None, description="A trained model's directory; the newest by default.")
    trained_dir: Path = Field(ROOT / "models" / "trained", description="Where trained models are kept.")
    device: Literal["auto", "cuda", "mps", "cpu"] = Field("auto", description="Where the encoder runs.")
    threads: int = Field(1, ge=1, description="Numeric threads of language understanding.")
    language: str = Field("en", description="The language that conversations begin in.")
    max_message_length: int = Field(2000, ge=1, le=10_000, description="Longest message of a customer.")
    allowed_origins: list[str] = Field([], description="Sites that may embed the widget; * for any.")
    trusted_proxies: str = Field("127.0.0.1", description="Addresses whose X-Forwarded-* is believed.")
    messages_per_minute: int = Field(120, ge=1, description="Limit for an address; loopback is exempt.")
    requests_per_minute: int = Field(
        600, ge=1, description="As above, of what reads, joins or types; a page that opens makes about five."
    )
    customer_token_secret: SecretStr | None = Field(
        None, description="Key of the signed tokens (JWT, HS256) by which a site tells who its customer is."
    )
    customer_token_audience: str = Field(
        "firstline", min_length=1, max_length=200, description="What those tokens have as their aud."
    )
    public_url: str | None = Field(
        None,
        pattern=r"^https?://[A-Za-z0-9.\[\]:-]+(/[A-Za-z0-9._~/-]*)?$",
        description="Where customers reach this server: links in mails go there.",
    )
    crm_url: str | None = Field(None, description="An outside CRM; by default the records are our own.")
    crm_token: SecretStr | None = Field(None, description="The bearer token that the CRM wants.")
    smtp: SmtpSettings | None = Field(
        None, description="The mail server for one-time codes and answers to messages left."
    )
    voice_url: str | None = Field(
        None,
        pattern=r"^https?://[A-Za-z0-9.\[\]:-]+(/[A-Za-z0-9._~/-]*)?$",
        description="The voice gateway's public address, for calls from browsers.",
    )
    redact: list[PersonalKind] = Field(
        [], description="Personal data that is masked too: names, addresses, national_ids, emails, phones."
    )
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"
    handoff: HandoffSettings = HandoffSettings()
    transfers: TransferSettings = TransferSettings()

    @property
    def database(self) -> str:
        """The database's SQLAlchemy URL."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'firstline.db'}"

    @property
    def is_loopback(self) -> bool:
        return self.host in ("127.0.0.1", "::1", "localhost")
