"""The shop's actions, built on the services that they work with."""

from __future__ import annotations

from collections.abc import Callable

from rasa_sdk.interfaces import Action

from bot.actions.shop import (
    account,
    complaints,
    delivery,
    general,
    identity,
    language,
    orders,
    products,
    refusal,
    returns,
    support,
)
from bot.actions.shop.context import Shop
from bot.contacts.changes import ContactChanges
from bot.contacts.contacts import Contacts
from bot.contacts.identity import CodeSender, Identity, IdentityStore
from bot.contacts.notices import Notices

_WITH_SHOP: tuple[Callable[[Shop], Action], ...] = (
    general.OutOfScope,
    identity.AskOrderNumber,
    identity.AskSendCode,
    refusal.NotProved,
    orders.OrderStatusForm,
    orders.TellOrderStatus,
    orders.CancelOrderForm,
    orders.CancelOrder,
    orders.ChangeOrderForm,
    orders.ChangeOrder,
    orders.AskItem,
    orders.InvoiceForm,
    orders.SendInvoice,
    returns.ReturnForm,
    returns.RegisterReturn,
    returns.RefundForm,
    returns.TellRefund,
    delivery.DeliveryProblemForm,
    delivery.ReportDeliveryProblem,
    account.ContactChangeForm,
    account.ChangeContact,
    account.DeletionForm,
    account.RequestDeletion,
    account.NewsletterForm,
    account.StopNewsletter,
    products.AvailabilityForm,
    products.TellAvailability,
    products.ProductQuestionForm,
    products.TellAboutProduct,
    products.VoucherForm,
    products.CheckVoucher,
    complaints.ComplaintForm,
    complaints.RecordComplaint,
    complaints.FeedbackForm,
    complaints.RecordFeedback,
    support.TroubleshootingForm,
    support.EndTroubleshooting,
    support.CallbackForm,
    support.RequestCallback,
)
_PLAIN: tuple[Callable[[], Action], ...] = (
    orders.AskChangeConfirm,
    language.SwitchLanguage,
    general.Greet,
    general.AnswerQuestion,
    general.Affirm,
    general.Deny,
    general.Inform,
    general.Correct,
    general.Repeat,
    general.Stop,
)


def build(
    contacts: Contacts,
    *,
    identity_store: IdentityStore,
    sender: CodeSender,
    changes: ContactChanges,
    notices: Notices,
    clock: Callable[[], float],
) -> list[Action]:
    """Every custom action of the default bot."""
    identity_ = Identity(contacts, identity_store, sender, clock, changes=changes)
    shop = Shop(contacts, identity_, changes, notices, clock)
    steps = [support.AskStep(number) for number in range(1, max(support.STEPS.values()) + 1)]
    return [*(make(shop) for make in _WITH_SHOP), *(make() for make in _PLAIN), *steps]
