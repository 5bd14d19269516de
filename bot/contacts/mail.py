"""Mail over the operator's own server (RFC 5321): one message, one connection, told whether it was taken."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from typing import Protocol

import structlog

from bot.contacts.code_mail import SmtpSettings

log = structlog.get_logger(__name__)


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
    """Sends by SMTP, each message in a thread and a connection of its own, since they are few."""

    def __init__(
        self, settings: SmtpSettings, *, tls: Callable[[], ssl.SSLContext] = ssl.create_default_context
    ) -> None:
        self._settings = settings
        self._tls = tls

    @property
    def sender(self) -> str:
        return self._settings.from_address

    async def send(self, message: EmailMessage) -> None:
        try:
            await asyncio.to_thread(self._send, message)
        except (OSError, smtplib.SMTPException) as error:
            # Only the kind: the text of an SMTP error may have the customer's address in it.
            log.warning("mail.not_sent", problem=type(error).__name__)
            raise MailNotSent from error

    def _send(self, message: EmailMessage) -> None:
        settings = self._settings
        with self._connect() as server:
            if settings.security == "starttls":
                server.starttls(context=self._tls())
            if settings.user is not None and settings.password is not None:
                server.login(settings.user, settings.password.get_secret_value())
            server.send_message(message)

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        if settings.security == "tls":
            return smtplib.SMTP_SSL(
                settings.host, settings.port, timeout=settings.timeout_s, context=self._tls()
            )
        return smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_s)
