"""What the gateway itself says to callers, by language. All else that is said is the bot's or a person's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

DEFAULT_LANGUAGE: Final = "en"

_TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "language": "For English, press {key}.",
        "greeting": "Hello, this is {name}. I am a virtual assistant.",
        "recorded": "This call may be recorded.",
        "ask": "How can I help you?",
        "menu": "For {choice}, press {key}.",
        "not_understood": "Sorry, I did not catch that. Could you say it again?",
        "still_there": "Are you still there? I am listening.",
        "still_there_again": "I cannot hear you. You can also use the keys of your phone.",
        "offer_person": "If you would like to talk to a person, press zero.",
        "silent_goodbye": "I still cannot hear you, so I will hang up now. Goodbye.",
        "too_long": "This call has reached its longest time, so I have to end it now. Goodbye.",
        "moment": "One moment, please.",
        "bot_down": "I am sorry, something does not work here right now.",
        "bot_down_goodbye": "Please call again a little later. Goodbye.",
        "connecting": "I am connecting you now.",
        "waiting": "You are number {position} in the queue.",
        "callback_offer": "If you would rather be called back, press one.",
        "callback_refused": "I cannot call you back at your number, so please hold the line.",
        "agent_gone": "The connection to my colleague was interrupted. One moment, please.",
        "passing_on": "I am passing you on now.",
        "transfer_failed": "That number could not be reached.",
        "held": "Please hold the line.",
    },
    "nb": {
        "language": "For norsk, trykk {key}.",
        "greeting": "Hei, dette er {name}. Jeg er en virtuell assistent.",
        "recorded": "Samtalen kan bli tatt opp.",
        "ask": "Hva kan jeg hjelpe deg med?",
        "menu": "For {choice}, trykk {key}.",
        "not_understood": "Beklager, det fikk jeg ikke med meg. Kan du si det en gang til?",
        "still_there": "Er du der fortsatt? Jeg hører på.",
        "still_there_again": "Jeg kan ikke høre deg. Du kan også bruke tastene på telefonen.",
        "offer_person": "Hvis du vil snakke med et menneske, trykk null.",
        "silent_goodbye": "Jeg hører deg fortsatt ikke, så jeg legger på nå. Ha det bra.",
        "too_long": "Samtalen har vart så lenge som den kan, så jeg må avslutte nå. Ha det bra.",
        "moment": "Et øyeblikk.",
        "bot_down": "Beklager, det er noe som ikke virker her akkurat nå.",
        "bot_down_goodbye": "Ring gjerne igjen litt senere. Ha det bra.",
        "connecting": "Jeg setter deg over nå.",
        "waiting": "Du er nummer {position} i køen.",
        "callback_offer": "Hvis du heller vil bli ringt opp, trykk en.",
        "callback_refused": "Jeg kan ikke ringe deg opp på nummeret ditt, så vennligst vent.",
        "agent_gone": "Forbindelsen til kollegaen min ble brutt. Et øyeblikk.",
        "passing_on": "Jeg setter deg over nå.",
        "transfer_failed": "Det nummeret svarte ikke.",
        "held": "Vennligst vent.",
    },
    "fr": {
        "language": "Pour le français, appuyez sur {key}.",
        "greeting": "Bonjour, ici {name}. Je suis un assistant virtuel.",
        "recorded": "Cet appel peut être enregistré.",
        "ask": "Que puis-je faire pour vous ?",
        "menu": "Pour {choice}, appuyez sur {key}.",
        "not_understood": "Désolé, je n'ai pas compris. Pouvez-vous répéter ?",
        "still_there": "Êtes-vous toujours là ? Je vous écoute.",
        "still_there_again": "Je ne vous entends pas. Vous pouvez aussi utiliser les touches du téléphone.",
        "offer_person": "Pour parler à une personne, appuyez sur zéro.",
        "silent_goodbye": "Je ne vous entends toujours pas, je vais donc raccrocher. Au revoir.",
        "too_long": "Cet appel a atteint sa durée maximale, je dois y mettre fin. Au revoir.",
        "moment": "Un instant, s'il vous plaît.",
        "bot_down": "Désolé, quelque chose ne fonctionne pas en ce moment.",
        "bot_down_goodbye": "Merci de rappeler un peu plus tard. Au revoir.",
        "connecting": "Je vous mets en relation.",
        "waiting": "Vous êtes numéro {position} dans la file.",
        "callback_offer": "Si vous préférez être rappelé, appuyez sur un.",
        "callback_refused": "Je ne peux pas vous rappeler à votre numéro, veuillez patienter.",
        "agent_gone": "La liaison avec mon collègue a été interrompue. Un instant, s'il vous plaît.",
        "passing_on": "Je vous transfère.",
        "transfer_failed": "Ce numéro n'a pas pu être joint.",
        "held": "Veuillez patienter.",
    },
}


def text(which: str, language: str, /, **values: str | int) -> str:
    """A text in a language, in English where there is none in it."""
    by_name = _TEXTS.get(language.partition("-")[0].lower(), _TEXTS[DEFAULT_LANGUAGE])
    return by_name[which].format(**values)


def fixed(language: str, *, name: str) -> list[str]:
    """The texts that are the same in every call: what is synthesised before the first one."""
    by_name = _TEXTS.get(language.partition("-")[0].lower(), _TEXTS[DEFAULT_LANGUAGE])
    varying = {"menu", "waiting", "language"}
    known = [value.format(name=name) for key, value in by_name.items() if key not in varying]
    return [*known, *(by_name["waiting"].format(position=position) for position in range(1, 10))]
