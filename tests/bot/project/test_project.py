"""Reading Rasa 3 projects: what is understood, and what is said about what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.project import Project, ProjectError, Severity
from bot.project.domain import MappingCondition, MappingType, ResponseCondition, SlotType
from bot.project.marked_yaml import parse_yaml
from bot.project.stories import ActionStep, CheckpointStep, LoopStep, OrStep, SlotStep, StepEntity, UserStep

CONFIG = "recipe: default.v1\nlanguage: en\npolicies:\n- name: RulePolicy\n- name: MemoizationPolicy\n"


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in {"config.yml": CONFIG, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


DOMAIN = """
version: "3.1"
intents:
  - greet
  - inform:
      use_entities: [city]
  - chitchat:
      ignore_entities:
        - city
  - no
entities:
  - city:
      roles: [from, to]
      groups: ["1"]
  - product:
      influence_conversation: false
slots:
  city:
    type: text
    mappings:
      - type: from_entity
        entity: city
        role: to
        not_intent: chitchat
        conditions:
          - active_loop: trip_form
            requested_slot: city
          - active_loop: null
  level:
    type: categorical
    values: [Low, High, true]
    mappings:
      - type: from_intent
        intent: [greet]
        value: Low
  amount:
    type: float
    min_value: 0
    max_value: 10
    initial_value: 2
    mappings:
      - type: custom
        action: action_amount
  data:
    type: any
    mappings:
      - type: custom
forms:
  trip_form:
    required_slots: [city, amount]
    ignored_intents: chitchat
responses:
  utter_greet:
    - text: "Hi {name}"
      channel: rest
    - condition:
        - type: slot
          name: level
          value: high
      text: Hello
      buttons:
        - title: "Yes"
          payload: /affirm
      image: https://example.org/a.png
      metadata: {tone: warm}
  utter_ask_city:
    - text: Which city?
  utter_ask_amount:
    - custom: {blocks: [1, 2]}
actions:
  - action_amount:
      send_domain: true
  - action_other
session_config:
  session_expiration_time: 30
  carry_over_slots_to_new_session: false
"""

NLU = """
version: "3.1"
nlu:
- intent: greet
  examples: |
    - hi
    - hello [Oslo](city)
- intent: inform
  examples: |
    - from [Oslo]{"entity": "city", "role": "from", "value": "OSL"} to [Paris]{"entity": "city", "role": "to"}
    - the [big apple](city:New York)
- intent: faq/hours
  metadata: {sentiment: neutral}
  examples:
    - text: |
        - when are you open?
      metadata: {origin: chat}
    - text: your hours
- synonym: Lisbon
  examples: |
    - Lisboa
- lookup: product
  examples: |
    - lamp
    - kettle
- regex: postcode
  examples: |
    - \\d{4}
"""

STORIES = """
stories:
- story: trip
  steps:
  - checkpoint: start
    slot_was_set:
    - level: low
  - or:
    - intent: greet
    - intent: inform
      entities:
      - city: Oslo
        role: to
  - slot_was_set:
    - city
    - amount: 3
  - action: trip_form
  - active_loop: trip_form
  - active_loop: null
  - user: |
      bye
  - bot: See you
rules:
- rule: hi
  condition:
  - active_loop: null
  - slot_was_set:
    - level: null
  conversation_start: true
  wait_for_user_input: false
  steps:
  - intent: greet
  - action: utter_greet
"""


def project(tmp_path: Path, **files: str) -> Project:
    names = {"domain": "domain.yml", "nlu": "data/nlu.yml", "stories": "data/core/stories.yml"}
    given = {"domain": DOMAIN, "nlu": NLU, "stories": STORIES, **files}
    return Project.load(write(tmp_path, {names.get(k, k): v for k, v in given.items()}))


def test_the_domain_is_read_whole(tmp_path: Path) -> None:
    domain = project(tmp_path).domain
    assert list(domain.intents)[:4] == ["greet", "inform", "chitchat", "no"]
    assert domain.used_entities("inform") == frozenset({"city", "city#from", "city#to", "city#1"})
    assert domain.used_entities("chitchat") == frozenset()
    assert domain.intents["faq"].is_retrieval
    city = domain.slots["city"].mappings[0]
    assert (city.type, city.entity, city.role) == (MappingType.FROM_ENTITY, "city", "to")
    assert city.not_intents == ("chitchat",)
    assert city.conditions == (MappingCondition("trip_form", "city"), MappingCondition(None))
    assert domain.slots["level"].values == ("low", "high", "true", "__other__")
    assert domain.slots["amount"].initial_value == 2
    assert domain.slots["amount"].max_value == 10
    assert not domain.slots["data"].influences
    assert domain.slots["requested_slot"].type is SlotType.TEXT
    assert domain.forms["trip_form"].required_slots == ("city", "amount")
    assert domain.forms["trip_form"].ignored_intents == ("chitchat",)
    first, second = domain.responses["utter_greet"]
    assert first.channel == "rest"
    assert second.conditions == (ResponseCondition("level", "high"),)
    assert second.buttons == ({"title": "Yes", "payload": "/affirm"},)
    assert second.metadata == {"tone": "warm"}
    assert domain.responses["utter_ask_amount"][0].custom == {"blocks": [1, 2]}
    assert domain.actions_sent_domain == {"action_amount"}
    assert domain.session.session_expiration_time == 30
    assert not domain.session.carry_over_slots_to_new_session
    assert "utter_faq" in domain.action_names


def test_training_examples_carry_their_entities(tmp_path: Path) -> None:
    data = project(tmp_path).nlu
    trip = data.examples[2]
    assert trip.text == "from Oslo to Paris"
    assert [(trip.text[e.start : e.end], e.value, e.role) for e in trip.entities] == [
        ("Oslo", "OSL", "from"),
        ("Paris", "Paris", "to"),
    ]
    assert data.examples[3].entities[0].value == "New York"
    assert data.synonyms == {"oslo": "OSL", "big apple": "New York", "lisboa": "Lisbon"}
    assert data.lookups == {"product": ["lamp", "kettle"]}
    assert data.regexes == {"postcode": [r"\d{4}"]}
    hours = data.examples[4]
    assert (hours.intent, hours.full_intent, hours.text) == ("faq", "faq/hours", "when are you open?")
    assert hours.metadata == {"sentiment": "neutral", "origin": "chat"}
    assert data.retrieval_keys == {"faq": ["hours"]}


def test_an_example_knows_its_line(tmp_path: Path) -> None:
    loaded = project(tmp_path)
    lines = (tmp_path / "data/nlu.yml").read_text().splitlines()
    assert lines[loaded.nlu.examples[1].place.line - 1].strip() == "- hello [Oslo](city)"


def test_stories_and_rules_are_read(tmp_path: Path) -> None:
    loaded = project(tmp_path)
    (story,) = loaded.stories
    assert story.steps == (
        CheckpointStep("start", (SlotStep("level", "low"),)),
        OrStep((UserStep("greet"), UserStep("inform", None, (StepEntity("city", "Oslo", "to"),)))),
        SlotStep("city", None, False),
        SlotStep("amount", 3),
        ActionStep("trip_form"),
        LoopStep("trip_form"),
        LoopStep(None),
        UserStep(None, "bye"),
        story.steps[-1],
    )
    (rule,) = loaded.rules
    assert rule.conditions == (LoopStep(None), SlotStep("level", None))
    assert rule.conversation_start
    assert not rule.wait_for_user_input


def test_single_files_and_split_domains_read_the_same(tmp_path: Path) -> None:
    one = project(tmp_path / "one")
    head, responses = DOMAIN.split("responses:\n")
    files = {
        "domain/part.yml": head,
        "domain/more/rest.yml": "responses:\n" + responses,
        "nlu.yml": NLU,
        "stories.yml": STORIES,
        "docker-compose.yml": "services:\n  rasa: !odd {}\n",
    }
    two = Project.load(write(tmp_path / "two", files))
    assert two.domain.as_dict() == one.domain.as_dict()
    assert [e.text for e in two.nlu.examples] == [e.text for e in one.nlu.examples]
    assert [s.steps for s in two.stories] == [s.steps for s in one.stories]


def test_test_stories_are_kept_apart(tmp_path: Path) -> None:
    test = """
stories:
- story: checks
  steps:
  - user: |
      to [Paris]{"entity": "city", "role": "to"}
    intent: inform
  - action: utter_greet
"""
    loaded = project(tmp_path, **{"tests/test_stories.yml": test})
    assert [story.name for story in loaded.stories] == ["trip"]
    step = loaded.tests[0].steps[0]
    assert isinstance(step, UserStep)
    assert (step.intent, step.text) == ("inform", "to Paris")
    assert step.annotated[0].role == "to"


@pytest.mark.parametrize(
    "text",
    [
        "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)),
        "a: &a [*a]\n",
        "a: " + "[" * 3000 + "]" * 3000,
    ],
    ids=["aliases that multiply", "alias of itself", "deep nesting"],
)
def test_a_file_that_would_fill_the_memory_is_refused(text: str) -> None:
    with pytest.raises(ProjectError):
        parse_yaml(text, name="domain.yml")


def test_yaml_is_read_as_version_1_2(tmp_path: Path) -> None:
    domain = (
        "intents: [no, on, yes]\nslots:\n  a:\n    type: text\n    initial_value: 0150\n    mappings: []\n"
    )
    loaded = project(tmp_path, domain=domain, nlu="", stories="")
    assert list(loaded.domain.intents)[:3] == ["no", "on", "yes"]
    assert loaded.domain.slots["a"].initial_value == 150


def test_endpoints_take_variables_from_the_environment(tmp_path: Path) -> None:
    write(tmp_path, {"domain.yml": DOMAIN})
    (tmp_path / "endpoints.yml").write_text('action_endpoint:\n  url: "http://${HOST}/webhook"\n')
    loaded = Project.load(tmp_path, environment={"HOST": "example.org:5055"})
    assert loaded.endpoints.action_url == "http://example.org:5055/webhook"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"domain.yml": "intents:\n- a\nintents:\n- b\n"}, "domain.yml:3: the key 'intents' is here twice"),
        ({"domain.yml": "intents:\n  - a: [\n"}, "domain.yml:3: not valid YAML"),
        (
            {"domain.yml": "slots:\n  a:\n    type: txt\n"},
            "domain.yml:3: the slot 'a' has the unknown type 'txt'",
        ),
        ({"domain.yml": "intents: !!python/object:os.system [a]\n"}, "domain.yml"),
        (
            {
                "domain.yml": "intents: [a]\n",
                "nlu.yml": "nlu:\n- intent: a\n  examples: |\n    - hi\n    yes\n",
            },
            "nlu.yml:5: an example must begin with '- '",
        ),
        (
            {"domain.yml": "intents: [a]\n", "data/s.yml": "stories:\n- story: x\n  steps:\n  - action:\n"},
            "data/s.yml:4: an action step names no action",
        ),
        (
            {
                "domain.yml": "intents: [a]\n",
                "nlu.yml": 'nlu:\n- intent: a\n  examples: |\n    - [a]{"entity": b}\n',
            },
            "nlu.yml:4: the annotation",
        ),
        ({}, "no domain here"),
    ],
)
def test_an_error_names_the_file_the_line_and_the_mend(
    tmp_path: Path, files: dict[str, str], message: str
) -> None:
    with pytest.raises(ProjectError) as error:
        Project.load(write(tmp_path, files))
    assert message in str(error.value)


def test_nothing_tagged_is_constructed(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    text = f"slots:\n  a:\n    type: !!python/object/apply:os.system ['touch {marker}']\n"
    with pytest.raises(ProjectError):
        Project.load(write(tmp_path / "p", {"domain.yml": text}))
    assert not marker.exists()


def test_unknown_keys_warn_with_their_line(tmp_path: Path) -> None:
    loaded = project(tmp_path, domain=DOMAIN + "colour: blue\n")
    (finding,) = [f for f in loaded.findings if f.code == "project.unknown_key"]
    assert finding.severity is Severity.WARNING
    assert (finding.place.file, "colour" in finding.message) == ("domain.yml", True)
    assert DOMAIN.count("\n") + 1 == finding.place.line


def test_validation_finds_names_that_are_not_defined(tmp_path: Path) -> None:
    stories = """
stories:
- story: a
  steps:
  - intent: gret
  - action: utter_nothing
  - action: action_nothing
  - slot_was_set:
    - colour: red
  - active_loop: some_form
  - checkpoint: nowhere
"""
    domain = DOMAIN.replace("required_slots: [city, amount]", "required_slots: [city, amount, size]")
    codes = {f.code for f in project(tmp_path, domain=domain, stories=stories).validate()}
    assert {
        "stories.unknown_intent",
        "stories.unknown_response",
        "stories.unknown_action",
        "stories.unknown_slot",
        "stories.unknown_form",
        "stories.checkpoint",
        "domain.unknown_slot",
        "nlu.unknown_intent",
        "domain.no_response",
    } <= codes


def test_a_sound_project_has_no_errors(tmp_path: Path) -> None:
    domain = DOMAIN.replace("responses:", 'responses:\n  utter_faq/hours:\n    - text: "9 to 5"', 1)
    stories = STORIES.replace(
        "checkpoint: start\n    slot_was_set:\n    - level: low", "action: action_listen"
    )
    findings = project(tmp_path, domain=domain, stories=stories).validate()
    assert [str(f) for f in findings if f.severity is Severity.ERROR] == []
