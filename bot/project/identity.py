"""``firstline.yml``: which proof of identity actions and forms need, and which slots show it.

Rasa has no word for this, so it stands in a file of its own, which Rasa does not read::

    identity:
      slots: {verified: verified, customer_id: customer_id}   # slot: what it shows
      internal_slots: [outcome]       # nothing that a customer sends may set these
      proof: prove_identity_form      # asks for a missing proof
      refusal: action_not_proved      # says that it did not come
    actions:
      action_order_status: {identity: weak, of: order_number, proof: order_status_form}
    forms:
      account_form: {identity: strong}

A slip here would leave an action open, so each one stops the project from being read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.identity import Identity, Level
from bot.project.domain import Domain, MappingType
from bot.project.marked_yaml import Map, Seq
from bot.project.problems import NOWHERE, Place, fail

LISTEN = "action_listen"
VIEWS = ("verified", "customer_id", "level", "method")
_KEYS = frozenset({"identity", "actions", "forms", "version"})
_IDENTITY_KEYS = frozenset({"slots", "internal_slots", "proof", "refusal"})
_NEED_KEYS = frozenset({"identity", "of", "proof"})
_LEVELS = (Level.HINT, Level.WEAK, Level.STRONG)


@dataclass(frozen=True, slots=True)
class Need:
    """What an action needs: a level; ``of`` is the slot that names the order which it is for.

    ``proof`` is the form, or action, that asks for it.
    """

    level: Level
    of: str | None = None
    proof: str | None = None
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class IdentityRules:
    """What a project declares. ``views`` maps a slot to what it shows of the identity."""

    needs: Mapping[str, Need] = field(default_factory=dict)
    views: Mapping[str, str] = field(default_factory=dict)
    internal: frozenset[str] = frozenset()
    refusal: str | None = None

    @property
    def closed(self) -> frozenset[str]:
        """The slots that nothing which a customer sends may set."""
        return self.internal | self.views.keys()

    def shown(self, identity: Identity | None, *, now: float) -> dict[str, Any]:
        """The value of each view; None while nothing is proved."""
        level = identity.level(now) if identity is not None else Level.NONE
        proved = identity is not None and level.rank >= Level.WEAK.rank
        values: dict[str, Any] = {
            "verified": True if proved else None,
            "customer_id": identity.customer_id if identity is not None and proved else None,
            "level": level.value,
            "method": identity.by if identity is not None and proved else None,
        }
        return {slot: values[what] for slot, what in self.views.items()}

    def allows(self, action: str, identity: Identity | None, *, slots: Mapping[str, Any], now: float) -> bool:
        """Whether an action may run for this identity."""
        need = self.needs.get(action)
        if need is None:
            return True
        if identity is None:
            return False
        if need.of is None:
            return identity.at_least(need.level, now)
        order = slots.get(need.of)
        return order is not None and identity.at_least(need.level, now, order=str(order))


NO_RULES = IdentityRules()


def read_identity_rules(part: Map, domain: Domain) -> IdentityRules:
    """What ``firstline.yml`` declares. Raises ProjectError with its file and line."""
    _known_keys(part, _KEYS)
    declared = _map(part, "identity")
    _known_keys(declared, _IDENTITY_KEYS)
    proof = _proof(declared, domain)
    refusal = declared.get("refusal")
    if refusal is not None:
        _known_action(str(refusal), domain, declared.place("refusal"))
    views = _views(_map(declared, "slots"), domain)
    internal = _internal(declared, domain)
    needs: dict[str, Need] = {}
    for key, names in (("actions", domain.action_names), ("forms", frozenset(domain.forms))):
        entries = _map(part, key)
        for name in entries:
            place = entries.place(name)
            if name == LISTEN:
                raise fail("'action_listen' only waits and needs nothing", place, hint="leave it out")
            if name not in names:
                raise fail(
                    f"there is no {key.removesuffix('s')} '{name}'",
                    place,
                    hint="it stands unprotected under its real name: write it as the domain does",
                )
            needs[str(name)] = _need(_map(entries, name), domain, proof, place)
    for name, need in needs.items():
        if need.proof in needs:
            raise fail(
                f"'{need.proof}' is to prove who the customer is for '{name}', and needs a proof itself",
                need.place,
                hint=f"take the level of '{need.proof}' away, or name another form",
            )
    return IdentityRules(
        needs=needs,
        views=views,
        internal=internal,
        refusal=str(refusal) if refusal is not None else None,
    )


def _need(entry: Map, domain: Domain, proof: str | None, place: Place) -> Need:
    _known_keys(entry, _NEED_KEYS)
    level = entry.get("identity")
    if level not in [known.value for known in _LEVELS]:
        raise fail(
            f"the level of identity {level!r} is unknown",
            entry.place("identity") if "identity" in entry else place,
            hint="write 'identity:' with hint, weak or strong",
        )
    of = entry.get("of")
    if of is not None and of not in domain.slots:
        raise fail(f"there is no slot '{of}'", entry.place("of"), hint="name the slot of the order's number")
    return Need(Level(level), of, _proof(entry, domain) or proof, place)


def _proof(entry: Map, domain: Domain) -> str | None:
    proof = entry.get("proof")
    if proof is None:
        return None
    if proof not in domain.forms:
        _known_action(str(proof), domain, entry.place("proof"))
    return str(proof)


def _views(entry: Map, domain: Domain) -> dict[str, str]:
    for slot, what in entry.items():
        _closed_slot(str(slot), domain, entry.place(slot))
        if what not in VIEWS:
            raise fail(
                f"the slot '{slot}' is to show {what!r}, which an identity does not have",
                entry.place(slot),
                hint=f"write one of {', '.join(VIEWS)}",
            )
        for form in domain.forms.values():
            if slot in form.required_slots:
                raise fail(
                    f"the form '{form.name}' asks for '{slot}', which only the identity sets",
                    entry.place(slot),
                    hint="take it out of the form's required_slots",
                )
    return {str(slot): str(what) for slot, what in entry.items()}


def _internal(entry: Map, domain: Domain) -> frozenset[str]:
    raw = entry.get("internal_slots")
    if raw is None:
        return frozenset()
    if not isinstance(raw, Seq):
        raise fail(
            "'internal_slots' must be a list", entry.place("internal_slots"), hint="write [slot, slot]"
        )
    for slot, place in raw.placed():
        _closed_slot(str(slot), domain, place)
    return frozenset(str(slot) for slot in raw)


def _closed_slot(name: str, domain: Domain, place: Place) -> None:
    """A slot that is there, and that no message fills by itself."""
    slot = domain.slots.get(name)
    if slot is None:
        raise fail(f"there is no slot '{name}'", place, hint="add it to the domain, or mend its name")
    for mapping in slot.mappings:
        if mapping.type is not MappingType.CUSTOM:
            raise fail(
                f"the slot '{name}' is closed to customers, and the domain fills it from what they write",
                place,
                hint="give it the mapping 'type: custom' only",
            )


def _known_action(name: str, domain: Domain, place: Place) -> None:
    if name not in domain.action_names:
        raise fail(f"there is no form or action '{name}'", place, hint="write it as the domain does")


def _known_keys(part: Map, known: frozenset[str]) -> None:
    for key in part:
        if key not in known:
            raise fail(
                f"the key '{key}' is unknown here", part.place(key), hint=f"write {', '.join(sorted(known))}"
            )


def _map(part: Map, key: Any) -> Map:
    found = part.get(key)
    if found is None:
        return Map(part.file, part.place(key).line)
    if not isinstance(found, Map):
        raise fail(f"'{key}' must have names below it", part.place(key), hint="write 'name: {...}' below it")
    return found
