"""How understanding is trained and run."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

DEFAULT_LANGUAGES = ("en", "nb", "fr", "pt", "lv", "fa", "de", "es")


class NluConfig(BaseModel):
    """Everything that changes what is learned. Part of a trained model's fingerprint.

    ``classifier`` is ``finetune`` (the encoder's upper layers learn with the head; the accurate one) or
    ``linear`` (the encoder stays as it is and logistic regression learns: seconds, two to four points less).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    encoder: str = "minilm-l6-v2"
    """Name in the model manifest, or the path of a directory in the layout of a model hub."""
    query_prefix: str = ""
    """What the encoder wants before each sentence; ``query: `` for the E5 family."""
    classifier: Literal["finetune", "linear"] = "finetune"
    epochs: int = Field(default=3, ge=1)
    frozen_layers: int = Field(default=3, ge=0)
    """Lower layers that do not learn; what they give is computed once: training is four times cheaper."""
    learning_rate: float = Field(default=3e-4, gt=0)
    batch_size: int = Field(default=64, ge=2)
    max_tokens: int = Field(default=64, ge=8, le=512)
    """The encoder reads no further than this."""
    folds: int = Field(default=4, ge=2)
    """Confidence and the scope threshold are set on utterances held out, one fold of so many at a time."""
    held_out: int = Field(default=1000, ge=1)
    """Holding out stops when so many utterances have been."""
    false_refusal: float = Field(default=0.03, gt=0, lt=0.5)
    """The share of in-scope utterances that the scope decision may refuse, on held-out training data."""
    background: bool = True
    """Learn what out of scope looks like also from the general utterances that come with Firstline."""
    entity_epochs: int = Field(default=20, ge=1)
    entity_updates: int = Field(default=16_000, ge=1)
    """Sentences that the entity recogniser is shown at most, over all epochs: what its training costs."""
    entity_types: dict[str, str] = Field(default_factory=dict)
    """Entity name to ``date``, ``amount``, ``phone`` or ``email`` where the name itself does not say it."""
    languages: tuple[str, ...] = DEFAULT_LANGUAGES
    """ISO 639-1 codes of the languages to tell apart; the first one is the default."""
    seed: int = 20240601
