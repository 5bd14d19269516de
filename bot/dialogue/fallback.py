"""When understanding was too unsure: Rasa's FallbackClassifier, and our own decision of scope."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.events import Intent, Parse
from bot.project.config import Config

NLU_FALLBACK = "nlu_fallback"
OUT_OF_SCOPE = "out_of_scope"


@dataclass(frozen=True, slots=True)
class Fallback:
    """When the intent of a reading becomes ``nlu_fallback``: see `read`. Thresholds are 0..1."""

    threshold: float = 0.3
    ambiguity: float = 0.1

    @classmethod
    def of(cls, config: Config) -> Fallback | None:
        """As the project's pipeline says; None when it has no FallbackClassifier."""
        component = config.component("FallbackClassifier")
        if component is None:
            return None
        return cls(
            float(component.options.get("threshold", 0.3)),
            float(component.options.get("ambiguity_threshold", 0.1)),
        )

    def read(self, parse: Parse) -> Parse:
        """The reading, with ``nlu_fallback`` before the other intents where it is too unsure to act on.

        That is: where the message is out of scope, its intent is less likely than ``threshold``, or the
        second intent is within ``ambiguity`` of it. Commands (``/greet``) are never unsure.
        """
        intent = parse.intent
        if intent is None or intent.name == NLU_FALLBACK or parse.text.startswith("/"):
            return parse
        ranking = parse.intent_ranking or (intent,)
        unsure = intent.confidence < self.threshold
        if parse.scope is not None and not parse.scope.in_scope and intent.name != OUT_OF_SCOPE:
            # What is out of scope by its intent as well has that intent's own answer.
            unsure = True
        if len(ranking) > 1 and ranking[0].confidence - ranking[1].confidence < self.ambiguity:
            unsure = True
        if not unsure:
            return parse
        fallback = Intent(name=NLU_FALLBACK, confidence=1.0 - intent.confidence)
        return parse.model_copy(update={"intent": fallback, "intent_ranking": (fallback, *ranking)})


def guesses(
    parse: Parse | None,
    *,
    count: int = 2,
    likely: float = 0.0,
    suits: Callable[[str], bool] = lambda _intent: True,
) -> list[str]:
    """The best intents that were not sure enough, best first: of those ``likely`` or more that ``suits``."""
    if parse is None:
        return []
    names = [
        intent.name
        for intent in parse.intent_ranking
        if intent.name not in (NLU_FALLBACK, OUT_OF_SCOPE)
        and intent.confidence >= likely
        and suits(intent.name)
    ]
    return names[:count]
