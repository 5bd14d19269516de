"""What the fake desk server serves: agents, queues, replies, a customer, and the evidence of a handoff."""

from __future__ import annotations

import time
from typing import Any

Json = dict[str, Any]

DAY = 86_400.0


def _agent(id_: str, login: str, name: str, *, role: str = "agent", presence: str = "available") -> Json:
    return {
        "id": id_,
        "login": login,
        "name": name,
        "role": role,
        "languages": ["en"],
        "queues": ["support", "billing"],
        "skills": [],
        "capacity": 4,
        "load": 0,
        "presence": presence,
        "helping": False,
        "takes_conversations": True,
    }


AGENTS = [
    _agent("a1", "agent1", "Ada Berg"),
    _agent("a2", "agent2", "Ben Costa", presence="away"),
    _agent("a3", "agent-fr", "Camille Roy", presence="offline"),
    _agent("s1", "supervisor1", "Sam Ozols", role="supervisor"),
]

QUEUES: list[Json] = [
    {"name": "support", "title": "Support", "waiting": 2, "longest_wait": 64.0, "available_agents": 1},
    {"name": "billing", "title": "Billing", "waiting": 0, "longest_wait": None, "available_agents": 1},
]

DISPOSITIONS: list[Json] = [
    {"code": "solved", "title": "Solved"},
    {"code": "follow_up", "title": "Needs follow-up"},
    {"code": "no_answer", "title": "Customer did not answer"},
    {"code": "spam", "title": "Spam or test"},
]

CANNED: list[Json] = [
    {
        "shortcut": "hello",
        "title": "Greeting",
        "text": "Hello {customer_name}, this is {agent_name}. How can I help?",
        "language": "en",
    },
    {
        "shortcut": "late",
        "title": "Late parcel",
        "text": "I am sorry that your parcel is late. Let me find out where it is.",
        "language": "en",
    },
    {
        "shortcut": "bonjour",
        "title": "Salutation",
        "text": "Bonjour {customer_name}, je m'appelle {agent_name}.",
        "language": "fr",
    },
    {
        "shortcut": "bye",
        "title": "Farewell",
        "text": "Thank you for your patience. Have a good day!",
        "language": "en",
    },
]


def _order(number: str, status: str, item: str, total: int, **fields: Any) -> Json:
    return {
        "number": number,
        "customer_id": "c1",
        "status": status,
        "placed_at": time.time() - 4 * DAY,
        "currency": "NOK",
        "total": total,
        "address": {"street": "Storgata 1", "postcode": "0150", "city": "Oslo", "country": "NO"},
        "items": [{"sku": "x1", "name": item, "quantity": 1, "price": total}],
        "payment": "card",
        "carrier": "Posten",
        "tracking": "70712345678901",
        "expected_on": "2030-05-02",
        "delivered_at": None,
        "delay_reason": None,
        **fields,
    }


CONTACT: Json = {
    "customer": {"id": "c1", "name": "Kari Nordmann", "email": "kari@example.no"},
    "orders": [
        _order("48213", "shipped", "Aurora desk lamp", 89_900),
        _order("51377", "delivered", "Fjord headphones", 129_900, delivered_at=time.time() - 3 * DAY),
        _order("73905", "delayed", "Summit tent", 349_900, delay_reason="Held at customs"),
    ],
    "returns": [],
    "tickets": [{"id": "T-104", "kind": "complaint", "text": "Parcel late for the second time"}],
}


def message(sequence: int, author: str, text: str | None, *, at: float, **fields: Any) -> Json:
    """A `Message` of docs/api.md."""
    return {
        "sequence": sequence,
        "timestamp": at,
        "author": author,
        "text": text,
        "name": None,
        "message_id": None,
        "buttons": [],
        "image": None,
        "custom": None,
        "kind": None,
        "asr_confidence": None,
        "heard": None,
        **fields,
    }


TITLES: Json = {
    "intents": {"delivery_late": {"en": "A parcel is late", "fa": "بسته دیر کرده است"}},
    "actions": {"action_find_order": {"en": "Looks up an order", "fa": "پیگیری سفارش"}},
    "slots": {
        "order_number": {"en": "Order number", "fa": "شماره سفارش"},
        "postcode": {"en": "Postcode", "fa": "کد پستی"},
        "city": {"en": "City", "fa": "شهر"},
        "phone": {"en": "Phone number", "fa": "شماره تلفن"},
    },
    "forms": {"delivery_form": {"en": "Reports a late parcel", "fa": "ثبت مشکل ارسال"}},
    "records": {"order": {"en": "Order", "fa": "سفارش"}, "ticket": {"en": "Ticket", "fa": "تیکت"}},
}


def left_message(number: int, **fields: Any) -> Json:
    """A `LeftMessage` of docs/api.md, left some hours ago."""
    return {
        "id": number,
        "ticket_id": f"T-{10_000 + number}",
        "kind": "message",
        "conversation_id": f"left-{number:04d}",
        "channel": "socketio",
        "queue": "support",
        "language": "en",
        "text": "My lamp came broken. Can I have a new one?",
        "created_at": time.time() - 3 * 3600 + number,
        "waited": 3 * 3600,
        "customer_id": None,
        "customer_name": None,
        "visitor": {"page": "/lamps", "place": "Oslo", "device": "Chrome · Android"},
        "contact": "kari@example.no",
        "contact_kind": "email",
        "contact_source": "given",
        "here": False,
        "state": "open",
        "agent_id": None,
        "agent_name": None,
        "taken_at": None,
        "answered_at": None,
        "answered": None,
        "note": "",
        **fields,
    }


def call(caller: str | None = "+4722850000") -> Json:
    """A live `Call` of docs/api.md, that began two minutes ago."""
    return {
        "transport": "sip",
        "caller": caller,
        "called": "ivr",
        "live": True,
        "held": None,
        "agent_on": False,
        "started_at": time.time() - 120,
        "ended_at": None,
        "end_reason": None,
    }


AUDIO: Json = {"utterances": 5, "not_understood": 1, "mean_asr_confidence": 0.83, "barge_ins": 2}


def context_of(view: Json, messages: list[Json]) -> Json:
    """The evidence of a handoff, with one slot found at ``48213``: offsets are code points."""
    customer_lines = [m for m in messages if m["author"] == "customer"]
    source = next((m for m in customer_lines if "48213" in (m["text"] or "")), customer_lines[0])
    text = source["text"]
    customer = view["customer"]

    def slot(name: str, value: str, confidence: float, *, confirmed: bool = False) -> Json:
        start = text.find(value)
        span = {"start": start, "end": start + len(value)} if start >= 0 else {"start": None, "end": None}
        return {
            "name": name,
            "value": value,
            "confidence": confidence,
            "confirmed": confirmed,
            "source": {"kind": "entity", "sequence": source["sequence"], **span},
        }

    return {
        "version": 1,
        "handoff": view,
        "conversation": {
            "id": view["conversation_id"],
            "channel": view["channel"],
            "started_at": messages[0]["timestamp"],
            "language": view["language"],
        },
        "customer": customer
        and {
            **customer,
            "email": "kari@example.no",
            "phone": "+47 912 34 567",
            "verified_by": "order number and postcode",
        },
        "reason": {
            "code": view["reason"],
            "detail": "The customer asked twice.",
            "cause": {"sequence": customer_lines[-1]["sequence"], "text": customer_lines[-1]["text"]},
        },
        "intents": [
            {
                "sequence": m["sequence"],
                "text": m["text"],
                "intent": intent,
                "confidence": confidence,
                "passing": intent != "delivery_late",
            }
            for m, intent, confidence in zip(
                customer_lines,
                ("delivery_late", "inform", "ask_for_person"),
                (0.94, 0.71, 0.38),
                strict=False,
            )
        ],
        "slots": [
            slot("order_number", "48213", 0.97, confirmed=True),
            slot("postcode", "0150", 0.62),
        ],
        "attempts": [
            {
                "sequence": messages[1]["sequence"] - 1,
                "action": "action_find_order",
                "because": "rule: where is my parcel",
                "outcome": "read: order 48213; said",
            },
            {
                "sequence": messages[1]["sequence"] + 1,
                "action": "utter_order_shipped",
                "because": "form done",
                "outcome": "said",
            },
        ],
        "form": {"name": "delivery_form", "missing": ["city", "phone"]},
        "transcript": messages,
        "suggested_replies": [
            {"text": "Hello Kari, I can see order 48213. Where is it?", "because": "Greeting"},
            {"text": "May I have your city?", "because": "The open form misses it"},
        ],
        "audio": AUDIO if view["call"] else None,
        "records": [
            {"record": "order", "record_id": "48213", "operation": "read", "summary": "shipped"},
            {"record": "ticket", "record_id": "T-104", "operation": "create", "summary": "complaint"},
        ],
    }
