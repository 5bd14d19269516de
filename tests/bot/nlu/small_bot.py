"""The training data of a small bot: enough for every behaviour, trained in seconds."""

from __future__ import annotations

import re

from bot.nlu.data import Annotation, Example, TrainingData

_UTTERANCES = {
    "greet": """hello / hi there / good morning / hey / hi / good evening / hello bot / hiya""",
    "affirm": """yes / yes please / sure / yep / of course / that's right / correct / ok do it""",
    "order_status": """where is my order / where is my order [48213](order_number) / track parcel
    [51377](order_number)
        / has order [60042](order_number) shipped / when will my package arrive / status of
        [73905](order_number) please / i want to know where my parcel is / my order number is
        [88120](order_number), where is it / any news on my order / what's happening with order
        [10443](order_number)""",
    "change_address": """i have moved / change my delivery address / my postcode is now [75011](postcode)
        / update my address please / i moved to [Oslo](city), postcode [0150](postcode)
        / the postcode is [75003](postcode) / send it to [Paris](city) instead / my new postcode is
        [0287](postcode) / new address, please / postcode [69007](postcode) from now on""",
    "product_question": """how long does the [kettle](product) cable reach / is the [Aurora desk
    lamp](product) dimmable
        / does the [tent](product) keep rain out / what colours does the [desk lamp](product) have
        / is the [kettle](product) loud / how heavy is the [tent](product) / how much is the [Nimbus
        kettle](product) / tell me about the [tent](product)""",
    "inform": """[48213](order_number) / it's [51377](order_number) / [jo@x.no](email) / my mail is
    [ana@y.pt](email)
        / the number is [60042](order_number) / [1000-205](postcode) / [73905](order_number)
        / i bought it [yesterday](date) / [last week](date) / it was [2 march](date)""",
    "faq/opening_hours": """when do you open / opening hours / are you open on sunday / what time do you close
        / how late is the shop open / hours please / when does the shop close today / are you open now""",
    "faq/shipping_cost": """how much is shipping / what does delivery cost / is shipping free / delivery fee
        / cost of postage / what do you charge for delivery / shipping price / do i pay for shipping""",
    "out_of_scope": """what's the capital of peru / book me a table / sing a song / who won the match / buy me
    bitcoin
        / what's the weather / tell me a joke / can you do my homework""",
}
_ANNOTATION = re.compile(r"\[([^\]]+)\]\((\w+)\)")


def read(line: str, intent: str) -> Example:
    """``[48213](order_number)`` notation to an example."""
    text, entities, last = "", [], 0
    for match in _ANNOTATION.finditer(line):
        text += line[last : match.start()]
        start, last = len(text), match.end()
        text += match[1]
        entities.append(Annotation(start, len(text), match[2], match[1]))
    return Example(text + line[last:], intent, tuple(entities))


def training_data() -> TrainingData:
    examples = [
        read(" ".join(utterance.split()), intent)
        for intent, utterances in _UTTERANCES.items()
        for utterance in re.split(r"\s/\s", utterances)
    ]
    return TrainingData(
        examples,
        synonyms={"desk lamp": "Aurora desk lamp", "kettle": "Nimbus kettle"},
        lookups={"city": ["Oslo", "Lisbon", "Paris", "Riga"], "product": ["e-reader", "Trail 40 backpack"]},
        regexes={
            "order_number": [r"(?<![\d-])\d{5}(?![\d-])"],
            "postcode": [r"(?<=postcode )\d{4,5}\b", r"LV-\d{4}"],
        },
    )
