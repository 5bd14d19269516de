"""One-time codes by e-mail, with a real mail server on loopback."""

from __future__ import annotations

import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword
from pydantic import ValidationError

from bot.contacts.code_mail import SmtpCodeSender, code_mail
from bot.contacts.identity import CodeNotSent
from bot.contacts.mail import SmtpServer, SmtpSettings
from tests.support.front_line import free_port

SENDER = "Fjordlight <codes@fjordlight.example>"


class Mailbox:
    """Takes in mail, except for one address."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address.startswith("gone@"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        message = BytesParser(EmailMessage, policy=email.policy.default).parsebytes(content)
        self.mails.append(message)
        return "250 OK"


def _authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"shop", b"right")
    return AuthResult(success=right, handled=right)


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def server(mailbox: Mailbox) -> Iterator[Controller]:
    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=free_port(),
        authenticator=_authenticate,
        auth_require_tls=False,
    )
    controller.start()
    yield controller
    controller.stop()


def sender(server: Controller, **settings: Any) -> SmtpCodeSender:
    values = {"host": "127.0.0.1", "port": server.port, "security": "none", "from_address": SENDER}
    return SmtpCodeSender(SmtpServer(SmtpSettings.model_validate(values | settings)))


async def test_code_reaches_the_customer_in_their_language(server: Controller, mailbox: Mailbox) -> None:
    await sender(server).send(email="ines@example.com", code="042137", language="pt")
    [mail] = mailbox.mails
    assert mail["To"] == "ines@example.com"
    assert mail["From"] == SENDER
    assert mail["Subject"] == "042137 é o seu código"
    assert "10 minutos" in mail.get_content()
    assert "042137" in mail.get_content()


async def test_address_of_nobody_takes_the_same_way_and_gets_nothing(
    server: Controller, mailbox: Mailbox
) -> None:
    await sender(server).send(email=None, code="042137", language="en")
    assert mailbox.mails == []
    with pytest.raises(CodeNotSent):
        await sender(server, port=free_port()).send(email=None, code="042137", language="en")


async def test_server_that_is_away_is_told(server: Controller) -> None:
    with pytest.raises(CodeNotSent):
        await sender(server, port=free_port()).send(email="ines@example.com", code="042137", language="en")


async def test_refused_mailbox_is_not_told_apart(server: Controller, mailbox: Mailbox) -> None:
    await sender(server).send(email="gone@example.com", code="042137", language="en")
    assert mailbox.mails == []


async def test_address_that_no_mail_can_have_is_not_told_apart(server: Controller, mailbox: Mailbox) -> None:
    await sender(server).send(email="no body@example.com", code="042137", language="en")
    assert mailbox.mails == []


async def test_sender_signs_in(server: Controller, mailbox: Mailbox) -> None:
    await sender(server, user="shop", password="right").send(
        email="ines@example.com", code="042137", language="en"
    )
    assert len(mailbox.mails) == 1
    with pytest.raises(CodeNotSent):
        await sender(server, user="shop", password="wrong").send(
            email="ines@example.com", code="042137", language="en"
        )


async def test_no_code_goes_in_clear_where_starttls_is_asked_for(
    server: Controller, mailbox: Mailbox
) -> None:
    with pytest.raises(CodeNotSent):
        await sender(server, security="starttls").send(email="ines@example.com", code="042137", language="en")
    assert mailbox.mails == []


@pytest.mark.parametrize("language", ["nb-NO", "FR", "xx", ""])
def test_every_language_has_a_mail(language: str) -> None:
    mail = code_mail("ines@example.com", "042137", language, sender=SENDER)
    assert "042137" in mail.get_content()


def test_address_cannot_add_headers() -> None:
    with pytest.raises(ValueError, match="invalid"):
        code_mail("ines@example.com\r\nBcc: x@example.com", "042137", "en", sender=SENDER)


@pytest.mark.parametrize(
    "wrong",
    [
        {"from_address": "nobody"},
        {"user": "shop"},
        {"host": "mail.example", "security": "none", "user": "shop", "password": "x"},
    ],
)
def test_unsafe_settings_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        SmtpSettings.model_validate({"host": "mail.example", "from_address": SENDER} | wrong)
