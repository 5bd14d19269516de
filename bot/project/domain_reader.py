"""Reads domain files: one ``domain.yml``, a directory, or keys beside stories; the parts are merged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.project.domain import (
    DEFAULT_INTENTS,
    OTHER_VALUE,
    REQUESTED_SLOT,
    SESSION_METADATA_SLOT,
    Domain,
    Entity,
    Form,
    Intent,
    MappingCondition,
    MappingType,
    ResponseCondition,
    SessionConfig,
    Slot,
    SlotMapping,
    SlotType,
    Variation,
)
from bot.project.marked_yaml import Map, Seq
from bot.project.problems import Findings, Place, fail

DOMAIN_KEYS = frozenset(
    {
        "intents",
        "entities",
        "slots",
        "responses",
        "forms",
        "actions",
        "session_config",
        "e2e_actions",
        "config",
    }
)
_SLOT_KEYS = frozenset(
    {"type", "mappings", "values", "min_value", "max_value", "initial_value", "influence_conversation"}
)
_MAPPING_KEYS = frozenset(
    {"type", "entity", "role", "group", "intent", "not_intent", "value", "action", "conditions"}
)
_VARIATION_KEYS = frozenset(
    {
        "text",
        "buttons",
        "image",
        "custom",
        "channel",
        "condition",
        "metadata",
        "id",
        "attachment",
        "quick_replies",
        "elements",
        "button_type",
    }
)


def read_domain(parts: Iterable[Map], findings: Findings) -> Domain:
    """The domain that the parts make together. Raises ProjectError where a part cannot be understood."""
    reader = _Reader(findings)
    for part in parts:
        reader.read(part)
    return reader.finish()


class _Reader:
    def __init__(self, findings: Findings) -> None:
        self.domain = Domain()
        self.findings = findings

    def read(self, part: Map) -> None:
        readers = {
            "intents": self._intents,
            "entities": self._entities,
            "slots": self._slots,
            "responses": self._responses,
            "forms": self._forms,
            "actions": self._actions,
            "session_config": self._session,
            "e2e_actions": self._e2e_actions,
            "config": self._config,
        }
        for key, value in part.items():
            read = readers.get(key)
            if read is not None and value is not None:
                read(value, part.place(key))

    def finish(self) -> Domain:
        domain = self.domain
        for name in DEFAULT_INTENTS:
            domain.intents.setdefault(name, Intent(name))
        if domain.forms and REQUESTED_SLOT not in domain.slots:
            domain.slots[REQUESTED_SLOT] = Slot(REQUESTED_SLOT, SlotType.TEXT, influence_conversation=False)
        if SESSION_METADATA_SLOT not in domain.slots:
            domain.slots[SESSION_METADATA_SLOT] = Slot(SESSION_METADATA_SLOT, SlotType.ANY)
        return domain

    # --- intents, entities, actions ---

    def _intents(self, value: Any, place: Place) -> None:
        for name, options, at in _named(value, place, "intents"):
            _known(options, {"use_entities", "ignore_entities", "is_retrieval_intent"}, self.findings, at)
            use = options.get("use_entities", True)
            self._repeated("intent", name, self.domain.intents, at)
            self.domain.intents[name] = Intent(
                name,
                use_entities=None if use is True else tuple(_texts(use or [], at)),
                ignore_entities=tuple(_texts(options.get("ignore_entities") or [], at)),
                is_retrieval=bool(options.get("is_retrieval_intent", False)),
                place=at,
            )

    def _entities(self, value: Any, place: Place) -> None:
        for name, options, at in _named(value, place, "entities"):
            _known(options, {"roles", "groups", "influence_conversation"}, self.findings, at)
            self._repeated("entity", name, self.domain.entities, at)
            self.domain.entities[name] = Entity(
                name,
                roles=tuple(_texts(options.get("roles") or [], at)),
                groups=tuple(_texts(options.get("groups") or [], at)),
                influence_conversation=bool(options.get("influence_conversation", True)),
                place=at,
            )

    def _actions(self, value: Any, place: Place) -> None:
        sent: set[str] = set()
        for name, options, at in _named(value, place, "actions"):
            _known(options, {"send_domain"}, self.findings, at)
            self._repeated("action", name, self.domain.actions, at)
            self.domain.actions[name] = at
            if options.get("send_domain"):
                sent.add(name)
        self.domain.actions_sent_domain |= frozenset(sent)

    def _e2e_actions(self, value: Any, place: Place) -> None:
        texts = tuple(_texts(value, place))
        self.domain.e2e_actions = tuple(dict.fromkeys((*self.domain.e2e_actions, *texts)))

    def _repeated(self, kind: str, name: str, known: dict[str, Any], at: Place) -> None:
        if name in known:
            self.findings.warn(f"domain.repeated_{kind}", f"The {kind} '{name}' is declared twice.", at)

    # --- session and config ---

    def _session(self, value: Any, place: Place) -> None:
        options = _map(value, place, "session_config")
        _known(options, {"session_expiration_time", "carry_over_slots_to_new_session"}, self.findings, place)
        minutes = options.get("session_expiration_time", 60)
        if isinstance(minutes, bool) or not isinstance(minutes, int | float):
            raise fail(
                "session_expiration_time must be a number of minutes",
                options.place("session_expiration_time"),
                hint="0 means that sessions never end",
            )
        self.domain.session = SessionConfig(
            float(minutes), bool(options.get("carry_over_slots_to_new_session", True))
        )

    def _config(self, value: Any, place: Place) -> None:
        options = _map(value, place, "config")
        self.domain.store_entities_as_slots = bool(options.get("store_entities_as_slots", True))

    # --- slots ---

    def _slots(self, value: Any, place: Place) -> None:
        for name, raw in _map(value, place, "slots").items():
            at = value.place(name)
            options = _map(raw if raw is not None else Map(at.file, at.line), at, f"the slot '{name}'")
            _known(options, _SLOT_KEYS, self.findings, at)
            self._repeated("slot", name, self.domain.slots, at)
            self.domain.slots[str(name)] = self._slot(str(name), options, at)

    def _slot(self, name: str, options: Map, at: Place) -> Slot:
        written = str(options.get("type", "any"))
        try:
            kind = SlotType(written)
        except ValueError:
            kind = SlotType.CUSTOM
            if "." not in written:
                raise fail(
                    f"the slot '{name}' has the unknown type '{written}'",
                    options.place("type"),
                    hint="use one of text, bool, categorical, float, list, any",
                ) from None
            self.findings.warn(
                "domain.custom_slot_type",
                f"The slot '{name}' has the class '{written}' as its type; it is treated as 'any', so that it"
                " has no influence on the dialogue.",
                options.place("type"),
            )
        values: tuple[str, ...] = ()
        if kind is SlotType.CATEGORICAL:
            written_values = options.get("values") or []
            values = tuple(str(v).lower() for v in written_values)
            if not values:
                self.findings.warn(
                    "domain.no_values",
                    f"The categorical slot '{name}' has no values.",
                    at,
                    hint="add 'values:'",
                )
            if OTHER_VALUE not in values:
                values = (*values, OTHER_VALUE)
        influence = bool(options.get("influence_conversation", kind is not SlotType.ANY))
        if kind is SlotType.ANY and influence:
            raise fail(
                f"the slot '{name}' of type 'any' cannot influence the conversation",
                options.place("influence_conversation"),
                hint="give it another type, or set influence_conversation: false",
            )
        mappings = options.get("mappings")
        if mappings is None and name not in (REQUESTED_SLOT, SESSION_METADATA_SLOT):
            self.findings.warn(
                "domain.no_mappings",
                f"The slot '{name}' has no mappings, so that only actions can set it.",
                at,
                hint="add 'mappings:' (of type custom where an action sets it)",
            )
        return Slot(
            name,
            kind,
            influence_conversation=influence,
            initial_value=_plain(options.get("initial_value")),
            mappings=tuple(self._mapping(name, m, p) for m, p in _items(mappings or [], at, "mappings")),
            values=values,
            min_value=float(options.get("min_value", 0.0)),
            max_value=float(options.get("max_value", 1.0)),
            place=at,
        )

    def _mapping(self, slot: str, raw: Any, at: Place) -> SlotMapping:
        options = _map(raw, at, f"a mapping of the slot '{slot}'")
        _known(options, _MAPPING_KEYS, self.findings, at)
        try:
            kind = MappingType(str(options.get("type")))
        except ValueError:
            raise fail(
                f"a mapping of the slot '{slot}' has the unknown type '{options.get('type')}'",
                options.place("type"),
                hint="use one of " + ", ".join(kind.value for kind in MappingType),
            ) from None
        if kind is MappingType.FROM_ENTITY and not options.get("entity"):
            raise fail(
                f"a from_entity mapping of the slot '{slot}' names no entity", at, hint="add 'entity:'"
            )
        conditions = []
        for condition, place in _items(options.get("conditions") or [], at, "conditions"):
            known = _map(condition, place, "a mapping condition")
            _known(known, {"active_loop", "requested_slot"}, self.findings, place)
            loop = known.get("active_loop")
            conditions.append(
                MappingCondition(str(loop) if loop is not None else None, known.get("requested_slot"))
            )
        return SlotMapping(
            kind,
            entity=options.get("entity"),
            role=options.get("role"),
            group=options.get("group"),
            intents=tuple(_texts(options.get("intent") or [], at)),
            not_intents=tuple(_texts(options.get("not_intent") or [], at)),
            value=_plain(options.get("value")),
            action=options.get("action"),
            conditions=tuple(conditions),
            place=at,
        )

    # --- forms ---

    def _forms(self, value: Any, place: Place) -> None:
        for name, raw in _map(value, place, "forms").items():
            at = value.place(name)
            options = _map(raw if raw is not None else Map(at.file, at.line), at, f"the form '{name}'")
            _known(options, {"required_slots", "ignored_intents"}, self.findings, at)
            required = options.get("required_slots") or []
            if isinstance(required, Map):
                raise fail(
                    f"the form '{name}' maps its slots in the form, as Rasa 2 did",
                    options.place("required_slots"),
                    hint="list the slots here and move the mappings to 'slots:'",
                )
            self._repeated("form", str(name), self.domain.forms, at)
            self.domain.forms[str(name)] = Form(
                str(name),
                tuple(_texts(required, at)),
                tuple(_texts(options.get("ignored_intents") or [], at)),
                place=at,
            )

    # --- responses ---

    def _responses(self, value: Any, place: Place) -> None:
        for name, raw in _map(value, place, "responses").items():
            at = value.place(name)
            self._repeated("response", str(name), self.domain.responses, at)
            if not str(name).startswith("utter_"):
                self.findings.warn(
                    "domain.response_name",
                    f"The response '{name}' can never be predicted.",
                    at,
                    hint="begin its name with 'utter_'",
                )
            self.domain.responses[str(name)] = tuple(
                self._variation(str(name), item, item_place)
                for item, item_place in _items(raw or [], at, f"the response '{name}'")
            )

    def _variation(self, name: str, raw: Any, at: Place) -> Variation:
        if isinstance(raw, str):
            return Variation(text=raw, place=at)
        options = _map(raw, at, f"a variation of '{name}'")
        _known(options, _VARIATION_KEYS, self.findings, at)
        conditions: tuple[ResponseCondition, ...] | None = None
        if options.get("condition") is not None:
            conditions = tuple(
                self._condition(name, item, place)
                for item, place in _items(options["condition"], at, "condition")
            )
        custom = _plain(options.get("custom"))
        for key in ("attachment", "quick_replies", "elements"):
            if options.get(key) is not None:
                custom = {**(custom or {}), key: _plain(options[key])}
        text = options.get("text")
        if not any(
            options.get(key) is not None for key in ("text", "image", "custom", "buttons", *(custom or ()))
        ):
            raise fail(f"a variation of '{name}' says nothing", at, hint="add 'text:'")
        return Variation(
            text=str(text) if text is not None else None,
            buttons=tuple(_plain(button) for button in options.get("buttons") or ()),
            image=options.get("image"),
            custom=custom,
            channel=options.get("channel"),
            conditions=conditions,
            metadata=_plain(options.get("metadata")) or {},
            id=options.get("id"),
            place=at,
        )

    def _condition(self, response: str, raw: Any, at: Place) -> ResponseCondition:
        options = _map(raw, at, f"a condition of '{response}'")
        if options.get("type") != "slot" or "name" not in options or "value" not in options:
            raise fail(
                f"a condition of '{response}' must have 'type: slot', 'name:' and 'value:'",
                at,
                hint="add them",
            )
        return ResponseCondition(str(options["name"]), _plain(options["value"]))


# --- shapes ---


def _map(value: Any, place: Place, what: str) -> Map:
    if not isinstance(value, Map):
        raise fail(
            f"{what} must be a mapping of keys to values", place, hint="indent 'key: value' lines below it"
        )
    return value


def _items(value: Any, place: Place, what: str) -> list[tuple[Any, Place]]:
    if isinstance(value, Seq):
        return list(value.placed())
    if value == []:
        return []
    raise fail(f"{what} must be a list", place, hint="begin each item with '- '")


def _named(value: Any, place: Place, what: str) -> list[tuple[str, Map, Place]]:
    """A list of names, some with options: ``- name`` or ``- name: {option: value}``."""
    result: list[tuple[str, Map, Place]] = []
    for item, at in _items(value, place, what):
        if isinstance(item, Map):
            if len(item) != 1:
                raise fail(
                    f"an item of {what} must be one name with its options below it",
                    at,
                    hint="indent the options further than the name",
                )
            name, options = next(iter(item.items()))
            result.append((str(name), options if isinstance(options, Map) else Map(at.file, at.line), at))
        elif item is None or isinstance(item, Seq):
            raise fail(f"an item of {what} must be a name", at)
        else:
            result.append((_name(item), Map(at.file, at.line), at))
    return result


def _name(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _texts(value: Any, place: Place) -> list[str]:
    if isinstance(value, list):
        return [_name(item) for item in value]
    if isinstance(value, str | int | float):
        return [_name(value)]
    raise fail("a list of names is wanted here", place, hint="begin each with '- '")


def _known(options: Map, known: Iterable[str], findings: Findings, place: Place) -> None:
    for key in options:
        if key not in known:
            findings.warn(
                "project.unknown_key", f"The key '{key}' is unknown here and ignored.", options.place(key)
            )


def _plain(value: Any) -> Any:
    """Marked values as plain ones, for events and JSON."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, str) else value
