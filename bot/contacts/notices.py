"""What customers are told by mail of what was done in their name, at the address on file.

A notice never holds up a conversation: it is sent beside it, and tried again. It names an order or a kind of
data, never their contents, for a mail may be read by others.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Final, Protocol

import structlog

TRIES = 3
PAUSE_S = 5.0
CLOSE_WITHIN_S = 5.0
QUIET_S = 3600.0
"""For so long the same look-up is told of once, so that nobody's mailbox can be filled from a chat."""

log = structlog.get_logger(__name__)


class Notice(StrEnum):
    """What customers are told about."""

    ORDER_TOLD = "order_told"
    ORDER_CANCELLED = "order_cancelled"
    ORDER_CHANGED = "order_changed"
    RETURN_MADE = "return_made"
    INVOICE_SENT = "invoice_sent"
    PROBLEM_REPORTED = "problem_reported"
    CONTACT_CHANGED = "contact_changed"
    CONTACT_CONFIRMED = "contact_confirmed"
    CONTACT_UNDONE = "contact_undone"
    NEWSLETTER_STOPPED = "newsletter_stopped"


LOOKED_UP = frozenset({Notice.ORDER_TOLD, Notice.INVOICE_SENT, Notice.PROBLEM_REPORTED})
"""What changes nothing."""


class NoticeNotSent(Exception):
    """The notice could not be handed over now."""


class NoticeSender(Protocol):
    """Sends a mail."""

    async def send(self, *, email: str, subject: str, body: str) -> None:
        """Raises NoticeNotSent."""


class LogNoticeSender:
    """The demo's sender: notices are shown in the log and go nowhere else."""

    async def send(self, *, email: str, subject: str, body: str) -> None:
        log.warning("identity.demo_notice", subject=subject, body=body)


class Notices:
    """Tells customers; without a ``sender`` (no mail server) nobody can be told."""

    def __init__(
        self,
        sender: NoticeSender | None,
        *,
        public_url: str | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``public_url`` is where customers reach the server: the link that undoes a change goes there."""
        self._sender = sender
        self._public_url = public_url.rstrip("/") if public_url else None
        self._sleep = sleep
        self._clock = clock
        self._told: dict[tuple[str, Notice, str], float] = {}
        # The event loop itself keeps only weak references to its tasks.
        self._under_way: set[asyncio.Task[None]] = set()

    @property
    def available(self) -> bool:
        """Whether customers can be told at all."""
        return self._sender is not None

    @property
    def can_undo(self) -> bool:
        """Whether customers can be told with a link that undoes what was done."""
        return self.available and self._public_url is not None

    def tell(
        self,
        email: str,
        notice: Notice,
        *,
        language: str,
        about: str = "",
        token: str | None = None,
        then: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Send a notice, beside the conversation. ``then`` is awaited once it has been handed over.

        ``about`` is an order's number or the kind of data (``email``, ``phone``, ``address``); ``token``
        undoes the change.
        """
        if self._sender is None or not email or self._just_told(email, notice, about):
            return
        link = f"{self._public_url}/undo#{token}" if token and self._public_url else None
        subject, body = notice_text(notice, language, about=about, link=link)
        task = asyncio.create_task(self._send(self._sender, email, subject, body, then))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def close(self) -> None:
        """Wait a little for what is under way."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=CLOSE_WITHIN_S)
        for task in list(self._under_way):
            task.cancel()

    def _just_told(self, email: str, notice: Notice, about: str) -> bool:
        if notice not in LOOKED_UP:
            return False
        now, key = self._clock(), (email, notice, about)
        self._told = {known: at for known, at in self._told.items() if now - at < QUIET_S}
        if key in self._told:
            return True
        self._told[key] = now
        return False

    async def _send(
        self,
        sender: NoticeSender,
        email: str,
        subject: str,
        body: str,
        then: Callable[[], Awaitable[None]] | None,
    ) -> None:
        for attempt in range(TRIES):
            if attempt:
                await self._sleep(PAUSE_S * attempt)
            try:
                await sender.send(email=email, subject=subject, body=body)
                if then is not None:
                    await then()
                return
            except NoticeNotSent:
                continue
            except Exception as error:
                # Beside the turn: a notice that fails must stop neither the others nor the shutdown.
                log.error("notice.failed", error=type(error).__name__)
                return
        # Only that it happened: an address and what was done are the customer's.
        log.error("notice.not_sent")


def notice_text(
    notice: Notice, language: str, *, about: str = "", link: str | None = None
) -> tuple[str, str]:
    """Subject and body of a notice, in English where there is no text in the language."""
    words = _WORDS.get(language.split("-")[0].lower(), _WORDS["en"])
    what = words.get(f"field_{about}", about)
    done = words[notice.value].format(about=what)
    lines = [done]
    if notice is Notice.CONTACT_CHANGED:
        lines.append(words["undo"].format(link=link) if link else words["not_you"])
    elif notice is not Notice.CONTACT_CONFIRMED:
        lines.append(words["not_you"])
    return words["subject"], "\n\n".join(lines) + "\n"


_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "subject": "Something was done in your name",
        "order_told": "In our chat, somebody who knew its number and postcode asked about your order "
        "{about}.",
        "order_cancelled": "In our chat, somebody who knew its number and postcode cancelled your order "
        "{about}.",
        "order_changed": "In our chat, somebody who knew its number and postcode changed your order {about}.",
        "return_made": "In our chat, somebody who knew its number and postcode registered a return of your "
        "order {about}.",
        "invoice_sent": "In our chat, somebody who knew its number and postcode had the invoice of your "
        "order "
        "{about} sent to you again.",
        "problem_reported": "In our chat, somebody who knew its number and postcode reported a problem with "
        "your order {about}.",
        "contact_changed": "In our chat, your {about} was changed.",
        "contact_confirmed": "In our chat, your {about} was changed. For seven days, codes still go to the "
        "earlier e-mail address.",
        "contact_undone": "The change of your {about} was undone.",
        "newsletter_stopped": "In our chat, your address was taken off the list of our newsletter.",
        "undo": "If that was not you, undo it within seven days: {link}",
        "not_you": "If that was not you, please get in touch with us.",
        "field_email": "e-mail address",
        "field_phone": "phone number",
        "field_address": "postal address",
    },
    "nb": {
        "subject": "Noe ble gjort i ditt navn",
        "order_told": "I chatten vår spurte noen som kjente nummeret og postnummeret, om bestillingen din "
        "{about}.",
        "order_cancelled": "I chatten vår avbestilte noen som kjente nummeret og postnummeret, bestillingen "
        "din {about}.",
        "order_changed": "I chatten vår endret noen som kjente nummeret og postnummeret, bestillingen din "
        "{about}.",
        "return_made": "I chatten vår registrerte noen som kjente nummeret og postnummeret, en retur av "
        "bestillingen din {about}.",
        "invoice_sent": "I chatten vår fikk noen som kjente nummeret og postnummeret, sendt deg fakturaen "
        "for "
        "bestillingen {about} på nytt.",
        "problem_reported": "I chatten vår meldte noen som kjente nummeret og postnummeret, om et problem "
        "med "
        "bestillingen din {about}.",
        "contact_changed": "I chatten vår ble {about} endret.",
        "contact_confirmed": "I chatten vår ble {about} endret. I sju dager går koder fortsatt til den "
        "tidligere e-postadressen.",
        "contact_undone": "Endringen av {about} ble angret.",
        "newsletter_stopped": "I chatten vår ble adressen din tatt av listen for nyhetsbrevet.",
        "undo": "Hvis det ikke var deg, kan du angre det innen sju dager: {link}",
        "not_you": "Ta kontakt med oss hvis det ikke var deg.",
        "field_email": "e-postadressen din",
        "field_phone": "telefonnummeret ditt",
        "field_address": "postadressen din",
    },
    "fr": {
        "subject": "Quelque chose a été fait en votre nom",
        "order_told": "Dans notre chat, une personne qui connaissait son numéro et son code postal a demandé "
        "des nouvelles de votre commande {about}.",
        "order_cancelled": "Dans notre chat, une personne qui connaissait son numéro et son code postal a "
        "annulé votre commande {about}.",
        "order_changed": "Dans notre chat, une personne qui connaissait son numéro et son code postal a "
        "modifié votre commande {about}.",
        "return_made": "Dans notre chat, une personne qui connaissait son numéro et son code postal a "
        "enregistré un retour de votre commande {about}.",
        "invoice_sent": "Dans notre chat, une personne qui connaissait son numéro et son code postal vous a "
        "fait renvoyer la facture de la commande {about}.",
        "problem_reported": "Dans notre chat, une personne qui connaissait son numéro et son code postal a "
        "signalé un problème avec votre commande {about}.",
        "contact_changed": "Dans notre chat, la donnée suivante a été modifiée : {about}.",
        "contact_confirmed": "Dans notre chat, la donnée suivante a été modifiée : {about}. Pendant sept "
        "jours, les codes "
        "vont encore à l'ancienne adresse e-mail.",
        "contact_undone": "La modification a été annulée : {about}.",
        "newsletter_stopped": "Dans notre chat, votre adresse a été retirée de la liste de notre "
        "lettre d'information.",
        "undo": "Si ce n'était pas vous, annulez cela dans les sept jours : {link}",
        "not_you": "Si ce n'était pas vous, contactez-nous.",
        "field_email": "votre adresse e-mail",
        "field_phone": "votre numéro de téléphone",
        "field_address": "votre adresse postale",
    },
    "pt": {
        "subject": "Algo foi feito em seu nome",
        "order_told": "No nosso chat, alguém que sabia o número e o código postal perguntou pela sua "
        "encomenda "
        "{about}.",
        "order_cancelled": "No nosso chat, alguém que sabia o número e o código postal cancelou a sua "
        "encomenda "
        "{about}.",
        "order_changed": "No nosso chat, alguém que sabia o número e o código postal alterou a sua encomenda "
        "{about}.",
        "return_made": "No nosso chat, alguém que sabia o número e o código postal registou uma devolução da "
        "sua encomenda {about}.",
        "invoice_sent": "No nosso chat, alguém que sabia o número e o código postal pediu que lhe fosse "
        "enviada de novo a fatura da encomenda {about}.",
        "problem_reported": "No nosso chat, alguém que sabia o número e o código postal comunicou um "
        "problema "
        "com a sua encomenda {about}.",
        "contact_changed": "No nosso chat foi alterado o seguinte: {about}.",
        "contact_confirmed": "No nosso chat foi alterado o seguinte: {about}. Durante sete dias, os códigos "
        "continuam a ir para o endereço de e-mail anterior.",
        "contact_undone": "Foi anulada a alteração: {about}.",
        "newsletter_stopped": "No nosso chat, o seu endereço foi retirado da lista da nossa newsletter.",
        "undo": "Se não foi você, anule-a no prazo de sete dias: {link}",
        "not_you": "Se não foi você, contacte-nos.",
        "field_email": "o seu endereço de e-mail",
        "field_phone": "o seu número de telefone",
        "field_address": "a sua morada",
    },
    "es": {
        "subject": "Se hizo algo en su nombre",
        "order_told": "En nuestro chat, alguien que conocía el número y el código postal preguntó por su "
        "pedido "
        "{about}.",
        "order_cancelled": "En nuestro chat, alguien que conocía el número y el código postal canceló su "
        "pedido "
        "{about}.",
        "order_changed": "En nuestro chat, alguien que conocía el número y el código postal cambió su pedido "
        "{about}.",
        "return_made": "En nuestro chat, alguien que conocía el número y el código postal registró una "
        "devolución de su pedido {about}.",
        "invoice_sent": "En nuestro chat, alguien que conocía el número y el código postal hizo que se le "
        "enviara de nuevo la factura del pedido {about}.",
        "problem_reported": "En nuestro chat, alguien que conocía el número y el código postal comunicó un "
        "problema con su pedido {about}.",
        "contact_changed": "En nuestro chat se cambió lo siguiente: {about}.",
        "contact_confirmed": "En nuestro chat se cambió lo siguiente: {about}. Durante siete días, los "
        "códigos "
        "siguen llegando a la dirección de correo anterior.",
        "contact_undone": "Se deshizo el cambio: {about}.",
        "newsletter_stopped": "En nuestro chat, su dirección se quitó de la lista de nuestro boletín.",
        "undo": "Si no fue usted, deshágalo en siete días: {link}",
        "not_you": "Si no fue usted, póngase en contacto con nosotros.",
        "field_email": "su dirección de correo",
        "field_phone": "su número de teléfono",
        "field_address": "su dirección postal",
    },
    "de": {
        "subject": "In Ihrem Namen ist etwas geschehen",
        "order_told": "In unserem Chat hat jemand, der Nummer und Postleitzahl kannte, nach Ihrer Bestellung "
        "{about} gefragt.",
        "order_cancelled": "In unserem Chat hat jemand, der Nummer und Postleitzahl kannte, Ihre Bestellung "
        "{about} storniert.",
        "order_changed": "In unserem Chat hat jemand, der Nummer und Postleitzahl kannte, Ihre Bestellung "
        "{about} geändert.",
        "return_made": "In unserem Chat hat jemand, der Nummer und Postleitzahl kannte, eine Rücksendung "
        "Ihrer "
        "Bestellung {about} angemeldet.",
        "invoice_sent": "In unserem Chat hat jemand, der Nummer und Postleitzahl kannte, Ihnen die Rechnung "
        "der Bestellung {about} noch einmal schicken lassen.",
        "problem_reported": "In unserem Chat hat jemand, der Nummer und Postleitzahl kannte, ein Problem mit "
        "Ihrer Bestellung {about} gemeldet.",
        "contact_changed": "In unserem Chat wurde geändert: {about}.",
        "contact_confirmed": "In unserem Chat wurde geändert: {about}. Sieben Tage lang gehen Codes noch "
        "an die "
        "bisherige E-Mail-Adresse.",
        "contact_undone": "Rückgängig gemacht wurde die Änderung: {about}.",
        "newsletter_stopped": "In unserem Chat wurde Ihre Adresse vom Verteiler unseres "
        "Newsletters genommen.",
        "undo": "Waren Sie das nicht, machen Sie es innerhalb von sieben Tagen rückgängig: {link}",
        "not_you": "Waren Sie das nicht, melden Sie sich bitte bei uns.",
        "field_email": "Ihre E-Mail-Adresse",
        "field_phone": "Ihre Telefonnummer",
        "field_address": "Ihre Postanschrift",
    },
}
