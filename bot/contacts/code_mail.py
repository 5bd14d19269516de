"""Codes and notices by e-mail: over the operator's own mail server (RFC 5321), in the customer's language."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import Callable, Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import make_msgid, parseaddr
from typing import Final, Literal

import structlog
from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator

from bot.contacts.identity import CODE_LIFE_S, CodeNotSent
from bot.contacts.notices import NoticeNotSent

_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")

log = structlog.get_logger(__name__)


class SmtpSettings(BaseModel):
    """The mail server that codes go through (``[smtp]``, or ``FIRSTLINE_SMTP__HOST`` and so on)."""

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
        _address(value)
        return value

    @model_validator(mode="after")
    def _keep_password_safe(self) -> SmtpSettings:
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password go together")
        if self.password is not None and self.security == "none" and self.host not in _LOOPBACK:
            raise ValueError("a password goes over starttls or tls only")
        return self


class SmtpCodeSender:
    """Sends codes by SMTP; each in a thread and a connection of its own, since they are few."""

    def __init__(
        self, settings: SmtpSettings, *, tls: Callable[[], ssl.SSLContext] = ssl.create_default_context
    ) -> None:
        self._settings = settings
        self._tls = tls

    async def send(self, *, email: str | None, code: str, language: str) -> None:
        message = None
        if email is not None:
            try:
                message = code_mail(email, code, language, sender=self._settings.from_address)
            except ValueError:
                # As with a mailbox that refuses: nobody must learn that the address is known.
                log.warning("identity.address_not_usable")
        try:
            await asyncio.to_thread(self.deliver, message)
        except (OSError, smtplib.SMTPException) as error:
            # Only the kind: the text of an SMTP error may have the customer's address in it.
            log.warning("identity.code_not_sent", problem=type(error).__name__)
            raise CodeNotSent from error

    def deliver(self, message: EmailMessage | None) -> None:
        """Hand a mail over, or only look whether the server is there. Raises OSError, SMTPException."""
        settings = self._settings
        with self._connect() as server:
            if settings.security == "starttls":
                server.starttls(context=self._tls())
            if settings.user is not None and settings.password is not None:
                server.login(settings.user, settings.password.get_secret_value())
            if message is None:
                server.noop()
                return
            try:
                server.send_message(message)
            except smtplib.SMTPRecipientsRefused:
                # Only a known address gets this far: telling the customer would tell that it is known.
                log.warning("identity.code_refused")

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        if settings.security == "tls":
            return smtplib.SMTP_SSL(
                settings.host, settings.port, timeout=settings.timeout_s, context=self._tls()
            )
        return smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_s)


class SmtpNoticeSender:
    """Sends notices by the same server as codes."""

    def __init__(self, server: SmtpCodeSender, settings: SmtpSettings) -> None:
        self._server = server
        self._settings = settings

    async def send(self, *, email: str, subject: str, body: str) -> None:
        """Raises NoticeNotSent."""
        try:
            message = _mail(email, subject, body, sender=self._settings.from_address)
        except ValueError:
            log.warning("notice.address_not_usable")
            return
        try:
            await asyncio.to_thread(self._server.deliver, message)
        except (OSError, smtplib.SMTPException) as error:
            log.warning("notice.put_off", problem=type(error).__name__)
            raise NoticeNotSent from error


def code_mail(email: str, code: str, language: str, *, sender: str) -> EmailMessage:
    """The mail with a code. Raises ValueError for what is no address."""
    subject, body = _TEXTS.get(language.split("-")[0].lower(), _TEXTS["en"])
    text = body.format(code=code, minutes=round(CODE_LIFE_S / 60))
    return _mail(email, subject.format(code=code), text, sender=sender)


def _mail(email: str, subject: str, body: str, *, sender: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = _address(sender)
    message["To"] = Address(addr_spec=email)
    message["Subject"] = subject
    message["Message-ID"] = make_msgid(domain=_address(sender).domain)
    # Keeps out-of-office answers away (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body)
    return message


def _address(text: str) -> Address:
    name, spec = parseaddr(text)
    address = Address(display_name=name, addr_spec=spec)
    if not address.username or not address.domain:
        raise ValueError(f"{text!r} is no e-mail address")
    return address


_TEXTS: Final[Mapping[str, tuple[str, str]]] = {
    "en": (
        "{code} is your code",
        "Your code is {code}. Type it into the chat; it is good for {minutes} minutes.\n\n"
        "Nobody from us will ever ask you for it by phone or mail. If you did not ask for a code, ignore "
        "this mail: nothing happens without it.\n",
    ),
    "nb": (
        "{code} er koden din",
        "Koden din er {code}. Skriv den i chatten; den gjelder i {minutes} minutter.\n\n"
        "Ingen fra oss vil noen gang spørre deg om den på telefon eller e-post. Har du ikke bedt om en kode, "
        "kan du se bort fra denne e-posten: uten den skjer det ingenting.\n",
    ),
    "fr": (
        "{code} est votre code",
        "Votre code est {code}. Saisissez-le dans le chat ; il est valable {minutes} minutes.\n\n"
        "Nous ne vous le demanderons jamais par téléphone ni par e-mail. Si vous n'avez pas demandé de code, "
        "ignorez ce message : rien ne se passe sans lui.\n",
    ),
    "pt": (
        "{code} é o seu código",
        "O seu código é {code}. Escreva-o no chat; é válido durante {minutes} minutos.\n\n"
        "Nunca lho pediremos por telefone ou e-mail. Se não pediu um código, ignore esta mensagem: "
        "sem ele nada acontece.\n",
    ),
    "es": (
        "{code} es su código",
        "Su código es {code}. Escríbalo en el chat; es válido durante {minutes} minutos.\n\n"
        "Nunca se lo pediremos por teléfono ni por correo. Si no ha pedido ningún código, ignore este "
        "mensaje: sin él no pasa nada.\n",
    ),
    "de": (
        "{code} ist Ihr Code",
        "Ihr Code ist {code}. Geben Sie ihn im Chat ein; er gilt {minutes} Minuten.\n\n"
        "Wir fragen Sie nie am Telefon oder per E-Mail danach. Wenn Sie keinen Code angefordert haben, "
        "beachten Sie diese Nachricht nicht: ohne ihn geschieht nichts.\n",
    ),
}
