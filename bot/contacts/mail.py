"""Mail over the operator's own server (RFC 5321): one message, one connection, told whether it was taken."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import Callable
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Final, Literal, Protocol

import structlog
from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator

_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")

log = structlog.get_logger(__name__)


class SmtpSettings(BaseModel):
    """The mail server that all mail goes through (``[smtp]``, or ``FIRSTLINE_SMTP__HOST`` and so on)."""

    host: str
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    """``starttls`` refuses a server that does not offer it; ``tls`` is what port 465 speaks."""
    user: str | None = None
    password: SecretStr | None = None
    from_address: str
    """Whom the mail is from: ``codes@shop.example`` or ``Shop <codes@shop.example>``."""
    timeout_s: float = Field(default=10.0, gt=0)

    @field_validator("from_address")
    @classmethod
    def _is_address(cls, value: str) -> str:
        address(value)
        return value

    @model_validator(mode="after")
    def _keep_password_safe(self) -> SmtpSettings:
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password go together")
        if self.password is not None and self.security == "none" and self.host not in _LOOPBACK:
            raise ValueError("a password goes over starttls or tls only")
        return self


class SmtpServer:
    """The server, asked in a connection of its own for each message, since they are few."""

    def __init__(
        self, settings: SmtpSettings, *, tls: Callable[[], ssl.SSLContext] = ssl.create_default_context
    ) -> None:
        self.sender = settings.from_address
        self._settings = settings
        self._tls = tls

    async def deliver(self, message: EmailMessage | None) -> None:
        """Hand a mail over, or only look whether the server is there. Raises OSError, SMTPException."""
        await asyncio.to_thread(self._deliver, message)

    def _deliver(self, message: EmailMessage | None) -> None:
        settings = self._settings
        with self._connect() as server:
            if settings.security == "starttls":
                server.starttls(context=self._tls())
            if settings.user is not None and settings.password is not None:
                server.login(settings.user, settings.password.get_secret_value())
            if message is None:
                server.noop()
            else:
                server.send_message(message)

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        if settings.security == "tls":
            return smtplib.SMTP_SSL(
                settings.host, settings.port, timeout=settings.timeout_s, context=self._tls()
            )
        return smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_s)


class MailNotSent(Exception):
    """The mail server could not be reached, or refused."""


class Mailer(Protocol):
    """Sends mail; ``sender`` is whom it is from."""

    @property
    def sender(self) -> str: ...

    async def send(self, message: EmailMessage) -> None:
        """Raises MailNotSent."""
        ...


class SmtpMailer:
    """Sends by SMTP."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server

    @property
    def sender(self) -> str:
        return self._server.sender

    async def send(self, message: EmailMessage) -> None:
        try:
            await self._server.deliver(message)
        except (OSError, smtplib.SMTPException) as error:
            # Only the kind: the text of an SMTP error may have the customer's address in it.
            log.warning("mail.not_sent", problem=type(error).__name__)
            raise MailNotSent from error


def address(text: str) -> Address:
    """An address, with a name before it or without. Raises ValueError."""
    name, spec = parseaddr(text)
    parsed = Address(display_name=name, addr_spec=spec)
    if not parsed.username or not parsed.domain:
        raise ValueError(f"{text!r} is no e-mail address")
    return parsed
