"""What a policy predicts, and how several predictions are weighed (Rasa's ensemble)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.dialogue.fold import LISTEN

RULE_PRIORITY = 4
MEMOIZATION_PRIORITY = 3


@dataclass(frozen=True, slots=True)
class Prediction:
    """A policy's choice of the next action; ``action`` None when it has none.

    ``needs_no_user``: it follows from the dialogue's state alone (a form's happy path) and overrules all that
    follows from a message. ``end_to_end``: it follows from the message's text. ``interrupts_loop``: the open
    form is to be told that it comes back from an interruption. ``because`` names the rule or story.
    """

    action: str | None
    confidence: float
    policy: str
    priority: int
    because: str = ""
    hide_rule_turn: bool = False
    needs_no_user: bool = False
    end_to_end: bool = False
    interrupts_loop: bool = False


def best(predictions: Sequence[Prediction], *, rejected: str | None) -> Prediction:
    """The winning prediction. ``rejected`` is the action that has just declined to run and cannot win again.

    The order is Rasa's: a prediction that needs no user message; then end to end; then confidence; then the
    policy's priority. Whatever wins, any policy may say that the form was interrupted.
    """
    needs_no_user = any(p.needs_no_user for p in predictions)
    end_to_end = any(p.end_to_end for p in predictions)
    interrupts = any(p.interrupts_loop for p in predictions)
    winner: Prediction | None = None
    for prediction in predictions:
        if prediction.needs_no_user != needs_no_user or prediction.end_to_end != end_to_end:
            continue
        if prediction.action is None or prediction.action == rejected:
            continue
        if winner is None or (prediction.confidence, prediction.priority) > (
            winner.confidence,
            winner.priority,
        ):
            winner = prediction
    if winner is None:
        return Prediction(LISTEN, 0.0, "none", 0, "no policy predicted anything", interrupts_loop=interrupts)
    if interrupts and not winner.interrupts_loop:
        return Prediction(
            winner.action,
            winner.confidence,
            winner.policy,
            winner.priority,
            winner.because,
            winner.hide_rule_turn,
            winner.needs_no_user,
            winner.end_to_end,
            True,
        )
    return winner
