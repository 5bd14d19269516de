"""Codes and notices by e-mail: over the operator's own mail server (RFC 5321), in the customer's language."""

from __future__ import annotations

import smtplib
from collections.abc import Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Final

import structlog

from bot.contacts.identity import CODE_LIFE_S, CodeNotSent
from bot.contacts.mail import SmtpServer, address
from bot.contacts.notices import NoticeNotSent

log = structlog.get_logger(__name__)


class SmtpCodeSender:
    """Sends codes by SMTP."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server

    async def send(self, *, email: str | None, code: str, language: str) -> None:
        message = None
        if email is not None:
            try:
                message = code_mail(email, code, language, sender=self._server.sender)
            except ValueError:
                # As with a mailbox that refuses: nobody must learn that the address is known.
                log.warning("identity.address_not_usable")
        try:
            await self._server.deliver(message)
        except smtplib.SMTPRecipientsRefused:
            # Only a known address gets this far: telling the customer would tell that it is known.
            log.warning("identity.code_refused")
        except (OSError, smtplib.SMTPException) as error:
            # Only the kind: the text of an SMTP error may have the customer's address in it.
            log.warning("identity.code_not_sent", problem=type(error).__name__)
            raise CodeNotSent from error


class SmtpNoticeSender:
    """Sends notices by SMTP."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server

    async def send(self, *, email: str, subject: str, body: str) -> None:
        """Raises NoticeNotSent."""
        try:
            message = _mail(email, subject, body, sender=self._server.sender)
        except ValueError:
            log.warning("notice.address_not_usable")
            return
        try:
            await self._server.deliver(message)
        except smtplib.SMTPRecipientsRefused:
            log.warning("notice.refused")
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
    message["From"] = address(sender)
    message["To"] = Address(addr_spec=email)
    message["Subject"] = subject
    message["Message-ID"] = make_msgid(domain=address(sender).domain)
    # Keeps out-of-office answers away (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body)
    return message


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
