"""The mail that answers a message which a customer left, in the customer's language."""

from __future__ import annotations

import textwrap
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import make_msgid, parseaddr

from bot.handoff.texts import text

_QUOTED = 2_000
"""Characters of the customer's own words that are quoted below the answer."""
_WIDTH = 72


def answer_mail(
    *,
    to: str,
    sender: str,
    answer: str,
    agent_name: str,
    question: str,
    ticket_id: str,
    language: str | None,
) -> EmailMessage:
    """The mail. Raises ValueError for what is no address."""
    name, spec = parseaddr(sender)
    from_ = Address(display_name=name, addr_spec=spec)
    message = EmailMessage()
    message["From"] = from_
    message["To"] = Address(addr_spec=to)
    message["Subject"] = text("answer_subject", language, ticket=_one_line(ticket_id))
    message["Message-ID"] = make_msgid(domain=from_.domain)
    message.set_content(
        f"{answer}\n\n{agent_name}\n\n{text('answer_quote', language)}\n\n{_quoted(question)}\n"
    )
    return message


def _quoted(words: str) -> str:
    lines = (textwrap.wrap(line, _WIDTH) or [""] for line in words[:_QUOTED].splitlines())
    return "\n".join(f"> {part}".rstrip() for line in lines for part in line)


def _one_line(words: str) -> str:
    return " ".join(words.split())
