"""Every setting of the gateway: options, then ``FIRSTLINE_VOICE_*``, then ``[voice]`` of firstline.toml.

Nested settings are written with two underscores: ``FIRSTLINE_VOICE_SIP__PORT=5070``.
"""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, BaseModel, Field, IPvAnyAddress, IPvAnyNetwork, SecretStr
from pydantic_settings import SettingsConfigDict

from bot.toml_settings import TomlSettings
from bot.transfer_targets import TransferSettings
from voice_gateway.leg import Transport
from voice_gateway.limits import Lines
from voice_gateway.transports.ice import IceServer
from voice_gateway.tts.settings import SpeechSettings

BROWSER_CALLS_PER_PEER = 4
"""Calls at once from one address, which may be an office's."""
LOOPBACK: list[IPvAnyNetwork] = [ip_network("127.0.0.0/8")]


class LinesSection(BaseModel):
    """How many of the gateway's lines a transport has."""

    calls: int | None = Field(None, ge=1, description="Calls at once by this transport.")
    calls_per_peer: int | None = Field(None, ge=1, description="Calls at once of one peer by this transport.")
    reserved_calls: int = Field(0, ge=0, description="Lines that no other transport may take.")


class SipSection(LinesSection):
    """SIP over UDP; TLS and SRTP are the edge's (docs/telephony.md)."""

    enabled: bool = True
    port: int = Field(5060, ge=0, le=65535, description="UDP port of SIP.")
    rtp_ports: tuple[int, int] = Field((20000, 20999), description="First and last UDP port of RTP.")
    advertised: IPvAnyAddress | None = Field(
        None, description="Address that others reach us by, when behind NAT or listening on 0.0.0.0."
    )
    peers: list[IPvAnyNetwork] = Field(LOOPBACK, description="Networks that may call; those of your trunks.")
    proxies: list[IPvAnyNetwork] = Field(
        [],
        description="Peers that pass calls on, which count as calls from where they got them.",
    )
    users: dict[str, SecretStr] = Field({}, description="Digest users with their passwords; none: no digest.")
    realm: str = Field("firstline", description="Realm of the digest authentication.")
    algorithms: list[Literal["MD5", "SHA-256"]] = Field(
        ["MD5"], min_length=1, description="Digest algorithms, the preferred one first."
    )
    codecs: list[Literal["PCMU", "PCMA", "G722"]] = Field(
        ["PCMU", "PCMA", "G722"], min_length=1, description="Codecs, the preferred one first."
    )
    media_networks: list[IPvAnyNetwork] = Field(
        [], description="Networks that are not public where callers may want their audio: a media proxy's."
    )
    ring_s: float = Field(0.0, ge=0, le=60, description="How long it rings before a call is answered.")
    silent_for_s: float = Field(30.0, gt=0, description="A call without an RTP packet for so long is over.")
    transfer_host: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9.\[\]:-]{1,128}$",
        description="The exchange whose numbers are meant where a call is passed on to a number.",
    )


class AudioSocketSection(LinesSection):
    """Asterisk's AudioSocket over TCP."""

    enabled: bool = True
    port: int = Field(9092, ge=0, le=65535, description="TCP port.")
    peers: list[IPvAnyNetwork] = Field(LOOPBACK, description="Networks that may call.")


class AsteriskSection(LinesSection):
    """Asterisk's chan_websocket, at ``/asterisk``."""

    secret: SecretStr | None = Field(None, description="What Asterisk must send; without it, loopback only.")


class TwilioSection(LinesSection):
    """Twilio Media Streams, at ``/twilio``; off without a token."""

    auth_token: SecretStr | None = Field(None, description="The account's auth token: signs what it sends.")
    public_url: str | None = Field(None, description="https:// address that Twilio reaches us by.")


class TelnyxSection(LinesSection):
    """Telnyx media streaming, at ``/telnyx``; off without a secret."""

    secret: SecretStr | None = Field(None, description="What the stream must send.")


class ExotelSection(LinesSection):
    """Exotel voice streaming, at ``/exotel``; off without a password."""

    user: str = Field("exotel", description="User of the basic authentication.")
    password: SecretStr | None = Field(None, description="Password of the basic authentication.")


class WebRtcSection(LinesSection):
    """Browsers: the widget's call button and the agent's headset."""

    enabled: bool = True
    host: str | None = Field(None, description="Address of the media; that of the gateway by default.")
    ice_servers: list[IceServer] = Field(
        [], description="STUN and TURN servers, ours and the browsers': url, and user and password or secret."
    )
    allowed_networks: list[IPvAnyNetwork] = Field(
        [], description="Networks that are not public and that browsers may be in; all, on the loopback."
    )
    refused_networks: list[IPvAnyNetwork] = Field(
        [], description="Public networks that no browser is in: your own servers."
    )


class RecordingSection(BaseModel):
    """Recordings: off by default; each side of a call in a file of its own, encrypted."""

    enabled: bool = False
    directory: Path = Field(Path(".firstline/recordings"), description="Where recordings are kept.")
    key: SecretStr | None = Field(None, description="32 bytes in base64: `openssl rand -base64 32`.")
    keep_days: int = Field(30, ge=1, description="Recordings are deleted after so many days.")


class Settings(TomlSettings):
    """What an operator can set. Times are seconds unless the name says otherwise."""

    model_config = SettingsConfigDict(
        env_prefix="FIRSTLINE_VOICE_", populate_by_name=True, pyproject_toml_table_header=("voice",)
    )
    root_tables = ("transfers",)

    host: str = Field("127.0.0.1", description="Address to listen on, for every transport.")
    port: int = Field(8010, ge=0, le=65535, description="Port of HTTP: WebRTC, media streams, metrics.")
    bot_url: str = Field("http://127.0.0.1:8000", description="Where the bot is.")
    api_token: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("api_token", "FIRSTLINE_API_TOKEN"),
        description="The bot's bearer token for programs.",
    )
    allowed_origins: list[str] = Field(
        ["http://127.0.0.1:8000", "http://localhost:8000"], description="Sites whose pages may call."
    )
    name: str = Field("Firstline", description="Who answers the phone: your company's name.")
    languages: list[str] = Field(["en"], min_length=1, max_length=9, description="The first is the default.")
    recorded_notice: bool = Field(False, description="Whether callers are told that calls may be recorded.")
    calls: int = Field(20, ge=1, description="Calls at once.")
    calls_per_minute: int = Field(30, ge=1, description="Calls a minute of one peer; loopback is exempt.")
    longest_call_s: float = Field(3600.0, gt=0, description="Longest call.")
    silence_s: float = Field(7.0, gt=0, description="A caller who says nothing for so long is asked again.")
    bot_patience_s: float = Field(30.0, gt=0, description="How long a caller waits for a bot that is away.")
    fallback_target: str | None = Field(None, description="Where calls go when the bot cannot be reached.")
    transfers: TransferSettings = Field(
        default_factory=TransferSettings,
        validation_alias=AliasChoices("transfers", "FIRSTLINE_TRANSFERS"),
        description="Whither calls may be passed on outside; the bot's setting too.",
    )
    asr_model: str = Field(
        "whisper-base", description="Speech recognition: a name of `firstline models list`."
    )
    device: Literal["auto", "cuda", "cpu"] = Field("auto", description="Where speech recognition runs.")
    threads: int = Field(1, ge=1, description="Numeric threads of speech recognition.")
    prepare_answers: bool = Field(
        True, description="Whether the bot's fixed answers are made into audio before calls want them."
    )
    hot_words: bool = Field(
        False,
        description="Prompt speech recognition with the words that a question makes likely; small models "
        "then write them where others are said.",
    )
    turn_hint: bool = Field(False, description="Judge by ear too whether a caller is done; for GPUs.")
    speech: SpeechSettings = Field(default_factory=SpeechSettings)
    sip: SipSection = SipSection()
    audiosocket: AudioSocketSection = AudioSocketSection()
    asterisk: AsteriskSection = AsteriskSection()
    twilio: TwilioSection = TwilioSection()
    telnyx: TelnyxSection = TelnyxSection()
    exotel: ExotelSection = ExotelSection()
    webrtc: WebRtcSection = WebRtcSection()
    recording: RecordingSection = RecordingSection()
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"

    def lines(self) -> dict[Transport, Lines]:
        """Each transport's; by default anyone with a browser has half of them, and no peer all."""
        sections: dict[Transport, LinesSection] = {
            "sip": self.sip,
            "audiosocket": self.audiosocket,
            "asterisk": self.asterisk,
            "twilio": self.twilio,
            "telnyx": self.telnyx,
            "exotel": self.exotel,
            "webrtc": self.webrtc,
        }
        return {name: self._lines(name, section) for name, section in sections.items()}

    def _lines(self, name: Transport, section: LinesSection) -> Lines:
        browsers = name == "webrtc"
        most = section.calls or (max(1, self.calls // 2) if browsers else self.calls)
        per_peer = section.calls_per_peer or (
            min(most, BROWSER_CALLS_PER_PEER) if browsers else max(1, most * 3 // 4)
        )
        return Lines(most=most, per_peer=per_peer, reserved=section.reserved_calls)
