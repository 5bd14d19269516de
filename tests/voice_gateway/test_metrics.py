from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from voice_gateway.leg import Reception, Refusal
from voice_gateway.metrics import END_REASONS, REFUSALS, WHY_NOT_UNDERSTOOD, GatewayMetrics
from voice_gateway.quality import Quality

GOOD = Quality(r=93.0, mos=4.4)


def value(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    return registry.get_sample_value(f"firstline_voice_{name}", labels)


def test_calls_are_counted_by_how_they_came_and_went() -> None:
    registry = CollectorRegistry()
    metrics = GatewayMetrics(registry)
    metrics.call_began("sip")
    metrics.call_began("sip")
    assert value(registry, "calls_live", transport="sip") == 2

    metrics.call_ended(
        "sip",
        reason="hangup",
        seconds=42.0,
        reception=Reception(packets=98, lost=2, jitter_ms=4.0),
        quality=GOOD,
    )

    assert value(registry, "calls_live", transport="sip") == 1
    assert value(registry, "calls_total", transport="sip", reason="hangup") == 1
    assert value(registry, "call_seconds_sum") == 42
    assert value(registry, "jitter_seconds_sum") == 0.004
    assert value(registry, "loss_ratio_sum") == 0.02
    assert value(registry, "mos_sum") == 4.4


def test_a_call_that_heard_nothing_says_nothing_of_quality() -> None:
    registry = CollectorRegistry()
    metrics = GatewayMetrics(registry)
    metrics.call_began("webrtc")

    metrics.call_ended("webrtc", reason="lost", seconds=1.0, reception=Reception(), quality=GOOD)

    assert value(registry, "mos_count") == 0
    assert value(registry, "calls_total", transport="webrtc", reason="lost") == 1


def test_turns_are_split_into_their_parts() -> None:
    registry = CollectorRegistry()
    metrics = GatewayMetrics(registry)

    metrics.turn("asr", 0.25)
    metrics.turn("first_audio", 0.65)

    assert value(registry, "turn_seconds_sum", part="asr") == 0.25
    assert value(registry, "turn_seconds_bucket", part="first_audio", le="0.7") == 1
    assert value(registry, "turn_seconds_bucket", part="first_audio", le="0.6") == 0


def test_what_else_happens_is_counted() -> None:
    registry = CollectorRegistry()
    metrics = GatewayMetrics(registry)

    metrics.barge_in()
    metrics.not_understood("repetition")
    for total in (0, 2, 2, 3):
        metrics.workers_restarted("tts", total)
    metrics.recording_lost()
    metrics.refused(Refusal(503, "All lines are busy"))

    assert value(registry, "barge_ins_total") == 1
    assert value(registry, "not_understood_total", why="repetition") == 1
    assert value(registry, "worker_restarts_total", worker="tts") == 3
    assert value(registry, "recordings_lost_total") == 1
    assert value(registry, "calls_refused_total", status="503") == 1


def test_skipped_ticks_follow_the_pacers_own_count() -> None:
    registry = CollectorRegistry()
    metrics = GatewayMetrics(registry)

    for total in (0, 3, 3, 10):
        metrics.pacer_skipped(total)

    assert value(registry, "pacer_skipped_ticks_total") == 10


def test_two_gateways_do_not_share_their_counts() -> None:
    one, other = CollectorRegistry(), CollectorRegistry()
    GatewayMetrics(one).barge_in()
    GatewayMetrics(other)

    assert value(other, "barge_ins_total") == 0


@given(st.lists(st.tuples(st.text(), st.integers()), max_size=50))
def test_what_others_send_never_becomes_a_label(inputs: list[tuple[str, int]]) -> None:
    registry = CollectorRegistry()
    metrics = GatewayMetrics(registry)
    for text, number in inputs:
        metrics.call_began("sip")
        metrics.call_ended("sip", reason=text, seconds=1.0, reception=Reception(), quality=GOOD)
        metrics.not_understood(text)
        metrics.refused(Refusal(number, text))

    known = {*END_REASONS, *WHY_NOT_UNDERSTOOD, *map(str, REFUSALS), "other"}
    for family in registry.collect():
        for sample in family.samples:
            for label in ("reason", "why", "status"):
                assert sample.labels.get(label, "other") in known
