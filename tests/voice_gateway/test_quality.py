from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_gateway.quality import CodecName, burst_ratio, estimate, mos_of

LOSSES = st.floats(0.0, 1.0)
DELAYS = st.floats(0.0, 2000.0)
CODECS: st.SearchStrategy[CodecName] = st.sampled_from(["pcmu", "pcma", "g722", "opus"])


def test_defaults_of_the_model_give_the_published_rating() -> None:
    perfect = estimate(loss=0.0, delay_ms=0.0)

    assert round(perfect.r, 1) == 93.2
    assert round(perfect.mos, 2) == 4.41


@pytest.mark.parametrize(("r", "mos"), [(90, 4.34), (80, 4.03), (70, 3.60), (60, 3.10), (50, 2.58)])
def test_ratings_become_the_scores_of_table_b_1(r: float, mos: float) -> None:
    assert mos_of(r) == pytest.approx(mos, abs=0.01)


@pytest.mark.parametrize("delay_ms", [0, 50, 100, 150, 200, 250, 300])
def test_delay_costs_what_the_published_fit_to_the_model_says(delay_ms: float) -> None:
    # Cole and Rosenbluth, "Voice over IP performance monitoring" (2001), equation for Id; good to 300 ms.
    fit = 0.024 * delay_ms + 0.11 * max(0.0, delay_ms - 177.3)

    assert estimate(loss=0.0, delay_ms=delay_ms).r == pytest.approx(93.2 - fit, abs=0.6)


@pytest.mark.parametrize(
    ("loss", "concealed", "cost"),
    # 95 * Ppl / (Ppl + Bpl), with the Bpl of G.113 for G.711.
    [(0.01, True, 3.64), (0.05, True, 15.78), (0.01, False, 17.92), (0.05, False, 51.08)],
)
def test_loss_costs_what_the_robustness_of_the_codec_leaves(
    loss: float, concealed: bool, cost: float
) -> None:
    rating = estimate(loss=loss, delay_ms=0.0, concealed=concealed).r

    assert rating == pytest.approx(93.2 - cost, abs=0.05)


def test_ends_of_the_scale() -> None:
    assert mos_of(-5) == 1.0
    assert mos_of(100) == 4.5
    assert estimate(loss=1.0, delay_ms=2000.0).mos < 1.3
    assert estimate(loss=1.0, delay_ms=2000.0, concealed=False).mos == 1.0


@given(CODECS, LOSSES, LOSSES, DELAYS)
def test_more_loss_is_never_better(codec: CodecName, one: float, other: float, delay_ms: float) -> None:
    less, more = sorted((one, other))

    better = estimate(loss=less, delay_ms=delay_ms, codec=codec)
    worse = estimate(loss=more, delay_ms=delay_ms, codec=codec)

    assert worse.r <= better.r
    assert worse.mos <= better.mos + 1e-9


@given(LOSSES, DELAYS, DELAYS)
def test_more_delay_is_never_better(loss: float, one: float, other: float) -> None:
    less, more = sorted((one, other))

    # Below 2 ms the echo term of the model dips by less than a tenth.
    assert estimate(loss=loss, delay_ms=more).r <= estimate(loss=loss, delay_ms=less).r + 0.1


@given(LOSSES, st.floats(1.0, 20.0), st.floats(1.0, 20.0))
def test_burstier_loss_is_never_better(loss: float, one: float, other: float) -> None:
    less, more = sorted((one, other))

    worse = estimate(loss=loss, delay_ms=0.0, burstiness=more)

    assert worse.r <= estimate(loss=loss, delay_ms=0.0, burstiness=less).r


@given(CODECS, LOSSES, DELAYS, st.floats(1.0, 100.0), st.booleans())
def test_scores_stay_on_their_scales(
    codec: CodecName, loss: float, delay_ms: float, burstiness: float, concealed: bool
) -> None:
    quality = estimate(loss=loss, delay_ms=delay_ms, codec=codec, burstiness=burstiness, concealed=concealed)

    assert 0.0 <= quality.r <= 100.0
    assert 1.0 <= quality.mos <= 4.5


@pytest.mark.parametrize(
    ("loss", "delay_ms", "burstiness"),
    [(-0.1, 0, 1), (1.1, 0, 1), (0, -1, 1), (0, float("nan"), 1), (0, 0, 0.5), (float("nan"), 0, 1)],
)
def test_what_cannot_be_is_refused(loss: float, delay_ms: float, burstiness: float) -> None:
    with pytest.raises(ValueError, match=r"loss|delay|burstiness"):
        estimate(loss=loss, delay_ms=delay_ms, burstiness=burstiness)


def test_burst_ratio_tells_bursts_from_chance() -> None:
    assert burst_ratio(received=1000, lost=0, bursts=0) == 1.0
    assert burst_ratio(received=990, lost=10, bursts=10) == 1.0
    assert burst_ratio(received=990, lost=10, bursts=2) == pytest.approx(5 / (1 + 10 / 990))


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(0, 10_000))
def test_burst_ratio_fits_the_model(received: int, lost: int, bursts: int) -> None:
    ratio = burst_ratio(received=received, lost=lost, bursts=min(bursts, lost))

    assert estimate(loss=0.1, delay_ms=0.0, burstiness=ratio).r <= 93.3
