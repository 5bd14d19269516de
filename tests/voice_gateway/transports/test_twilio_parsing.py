"""The reader of media streams, fed with what no provider would send: pieces of it alone, and at random."""

from __future__ import annotations

import asyncio
import base64
import json
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.voice_gateway.transports.simulators.tones import frames, tone
from voice_gateway.transports import media_stream_leg
from voice_gateway.transports.exotel import DIALECT as EXOTEL
from voice_gateway.transports.media_stream import (
    MOST_LATE,
    BadMessage,
    Dialect,
    Gap,
    Media,
    Reassembly,
    Started,
    language,
    parse,
)
from voice_gateway.transports.media_stream_concealment import MOST_FRAMES, Concealment
from voice_gateway.transports.media_stream_leg import Framer, Jitter, Outbox
from voice_gateway.transports.telnyx import DIALECT as TELNYX
from voice_gateway.transports.twilio import DIALECT as TWILIO

DIALECTS = (TWILIO, TELNYX, EXOTEL)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=15,
)
names = st.sampled_from(
    [
        "event",
        "start",
        "media",
        "dtmf",
        "mark",
        "payload",
        "chunk",
        "timestamp",
        "track",
        "digit",
        "name",
        *(
            getattr(dialect, name)
            for dialect in DIALECTS
            for name in ("stream_id", "call_id", "media_format")
        ),
        "encoding",
        "sampleRate",
        "sample_rate",
    ]
)
values = st.sampled_from(
    ["start", "media", "dtmf", "mark", "stop", "PCMU", "audio/x-mulaw", "8000", "AAAA", "1"]
)
likely = st.dictionaries(names, values | json_values, max_size=6)


@pytest.mark.parametrize("dialect", DIALECTS)
@settings(max_examples=30)
@given(text=st.text(max_size=200) | likely.map(json.dumps))
def test_any_text_is_a_message_or_a_bad_one(dialect: Dialect, text: str) -> None:
    with suppress(BadMessage):
        parse(text, dialect)


@settings(max_examples=30)
@given(message=st.dictionaries(names, likely, max_size=8), event=values)
def test_any_object_is_a_message_or_a_bad_one(message: dict[str, Any], event: str) -> None:
    for dialect in DIALECTS:
        with suppress(BadMessage):
            parse(json.dumps({**message, "event": event}), dialect)


@given(st.binary(max_size=400), st.integers(0, 2**53), st.booleans())
def test_audio_comes_as_it_was_sent(payload: bytes, chunk: int, as_text: bool) -> None:
    number: int | str = str(chunk) if as_text else chunk
    media = {"payload": base64.b64encode(payload).decode(), "chunk": number}
    assert parse(json.dumps({"event": "media", "media": media}), TWILIO) == Media(payload, chunk, None)


def test_custom_parameters_have_limits() -> None:
    given = {"long": "x" * 600, "number": 1, "k" * 200: "v", **{f"p{at}": "v" for at in range(50)}}
    start = {
        "callSid": "CA",
        "streamSid": "MZ",
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000},
        "customParameters": given,
    }
    started = parse(json.dumps({"event": "start", "start": start}), TWILIO)
    assert isinstance(started, Started)
    assert set(started.parameters) == {f"p{at}" for at in range(27)}


chunks = st.builds(
    Media,
    payload=st.binary(max_size=320),
    chunk=st.none() | st.integers(0, 40) | st.integers(0, 2**53),
    timestamp=st.none() | st.integers(0, 2000) | st.integers(0, 2**53),
)


@given(st.lists(chunks, max_size=100))
def test_any_order_of_chunks_is_borne(sent: list[Media]) -> None:
    reassembly = Reassembly(8.0)
    out = [piece for media in sent for piece in reassembly.put(media)]
    heard = [piece for piece in out if isinstance(piece, Media)]
    assert len(heard) <= len(sent)
    assert all(piece.ms > 0 for piece in out if isinstance(piece, Gap))


@given(st.permutations(range(4)), st.integers(0, 10))
def test_chunks_that_are_a_little_late_are_put_in_order(order: list[int], first: int) -> None:
    reassembly = Reassembly(8.0)
    sound = [Media(bytes([at]) * 160, first + at, (first + at) * 20) for at in range(5)]
    out = reassembly.put(sound[0])
    for at in order:
        out += reassembly.put(sound[1 + at])
    assert out == sound


def test_a_count_that_begins_anew_is_followed() -> None:
    reassembly = Reassembly(8.0)
    reassembly.put(Media(bytes(160), 5000, 0))
    for at in range(MOST_LATE):
        assert reassembly.put(Media(bytes(160), at, None)) == []
    assert reassembly.put(Media(b"\x01" * 160, 90, None)) == [Media(b"\x01" * 160, 90, None)]
    assert reassembly.put(Media(b"\x02" * 160, 91, None)) == [Media(b"\x02" * 160, 91, None)]


def test_a_gap_fades_out_without_a_click() -> None:
    sound = frames(tone(200, 100, 8000), 8000)
    concealment = Concealment(8000)
    for frame in sound:
        concealment.heard(frame)
    filled = np.frombuffer(sound[-1] + b"".join(concealment.fill(50)), dtype="<i2").astype(int)
    assert len(filled) == 160 * (1 + MOST_FRAMES)
    # No step is larger than the sound's own.
    assert np.abs(np.diff(filled)).max() <= np.abs(np.diff(filled[:160])).max() + 100
    assert not filled[160 * 4 :].any()


@given(st.lists(st.binary(max_size=900)))
def test_frames_are_cut_and_nothing_is_lost(pieces: list[bytes]) -> None:
    framer = Framer(8000)
    cut = [frame for piece in pieces for frame in framer.feed(piece)]
    whole = b"".join(pieces)
    assert {len(frame) for frame in cut} <= {320}
    assert b"".join(cut) == whole[: len(whole) // 320 * 320]


def test_jitter_is_that_of_rfc_3550() -> None:
    jitter = Jitter()
    for at in range(400):
        jitter.arrived(at * 20 + (10 if at % 2 else 0), at * 20)
    assert jitter.ms == pytest.approx(10, abs=0.1)


async def test_the_outbox_drops_the_oldest_audio_and_no_marks() -> None:
    outbox: Outbox[str] = Outbox()
    outbox.after("mark 0")
    for at in range(60):
        outbox.media(str(at))
    outbox.after("mark 1")
    outbox.now("urgent")
    outbox.close()
    outbox.media("too late")
    sent: list[str] = []

    async def write(message: str) -> None:
        sent.append(message)

    await outbox.run(write)
    assert sent == ["urgent", "mark 0", *(str(at) for at in range(10, 60)), "mark 1"]
    assert outbox.dropped == 10


async def test_a_peer_that_does_not_read_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media_stream_leg, "STUCK_S", 0.02)
    outbox: Outbox[str] = Outbox()
    outbox.media("one")

    async def write(_message: str) -> None:
        await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await outbox.run(write)


@pytest.mark.parametrize(
    ("code", "known"),
    [("en", "en"), ("nb-NO", "nb"), ("pt_BR", "pt"), ("", None), (None, None), ("x;y", None)],
)
def test_languages(code: str | None, known: str | None) -> None:
    assert language(code) == known
