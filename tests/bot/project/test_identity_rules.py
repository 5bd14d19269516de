"""``firstline.yml``: a slip in it would leave an action open, so the project is not read then."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.identity import Level
from bot.project import Project
from bot.project.problems import ProjectError

DOMAIN = """
intents: [greet]
entities: [order]
slots:
  verified: {type: bool, mappings: [{type: custom}]}
  outcome: {type: text, mappings: [{type: custom}]}
  order: {type: text, mappings: [{type: from_entity, entity: order}]}
forms:
  proof_form: {required_slots: [order]}
actions: [action_order, action_secret]
responses:
  utter_hello: [{text: Hello}]
"""


def load(root: Path, ours: str) -> Project:
    (root / "config.yml").write_text("policies: [{name: RulePolicy}]")
    (root / "domain.yml").write_text(DOMAIN)
    (root / "firstline.yml").write_text(ours)
    return Project.load(root)


def test_levels_slots_and_proofs_are_read(tmp_path: Path) -> None:
    rules = load(
        tmp_path,
        "identity:\n  slots: {verified: verified}\n  internal_slots: [outcome]\n  proof: proof_form\n"
        "actions:\n  action_order: {identity: weak, of: order}\n  action_secret: {identity: strong}\n",
    ).identity
    assert rules.needs["action_order"].level is Level.WEAK
    assert rules.needs["action_order"].of == "order"
    assert rules.needs["action_secret"].proof == "proof_form"
    assert rules.closed == {"verified", "outcome"}


def test_a_project_without_the_file_declares_nothing(tmp_path: Path) -> None:
    load(tmp_path, "")
    (tmp_path / "firstline.yml").unlink()
    assert Project.load(tmp_path).identity.needs == {}


@pytest.mark.parametrize(
    ("ours", "line", "words"),
    [
        ("actions:\n  action_order: {identity: weak}\n  action_secrt: {identity: strong}", 3, "action_secrt"),
        ("actions:\n  action_secret: {identity: storng}", 2, "storng"),
        ("actions:\n  action_secret: {level: strong}", 2, "level"),
        ("actions:\n  action_secret: {identity: strong, proof: prove_form}", 2, "prove_form"),
        ("actions:\n  action_order: {identity: weak, of: oder}", 2, "oder"),
        ("actions:\n  action_listen: {identity: weak}", 2, "action_listen"),
        ("forms:\n  proof_frm: {identity: weak}", 2, "proof_frm"),
        ("forms:\n  proof_form: {identity: weak, proof: proof_form}", 2, "needs a proof itself"),
        ("identity:\n  slots: {verifid: verified}", 2, "verifid"),
        ("identity:\n  slots: {verified: verifed}", 2, "verifed"),
        ("identity:\n  slots: {order: customer_id}", 2, "fills it from what they write"),
        ("identity:\n  internal_slots: [order]", 2, "fills it from what they write"),
        ("identity:\n  refusal: action_no", 2, "action_no"),
        ("identities: {}", 1, "identities"),
        ("actions: [action_secret]", 1, "names below it"),
    ],
)
def test_a_slip_names_its_file_and_line(tmp_path: Path, ours: str, line: int, words: str) -> None:
    with pytest.raises(ProjectError) as refused:
        load(tmp_path, ours)
    assert refused.value.message.startswith(f"firstline.yml:{line}: ")
    assert words in refused.value.message
    assert refused.value.hint
