"""What a customer is told about a handoff, and what agents are offered to say, by language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.call import VOICE

DEFAULT_LANGUAGE: Final = "en"

_TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "queued": "I am passing you on to a colleague. You are number {position} in the queue.",
        "wait": "The expected wait is {wait}.",
        "wait_short": "less than a minute",
        "wait_minute": "about a minute",
        "wait_minutes": "about {minutes} minutes",
        "no_agents": "I am sorry, none of my colleagues is available right now.",
        "outside_hours": "I am sorry, our colleagues are not at work at this hour.",
        "leave_message": "Write your message here and they will answer you as soon as they can.",
        "leave_contact": "Please add an e-mail address or a phone number.",
        "message_taken": "Thank you. I have passed your message on as ticket {ticket}. "
        "A colleague will answer you.",
        "callback_taken": "All right, a colleague will call you back on {phone}. "
        "Is there anything else that I can do?",
        "cancelled": "All right, I am here again. What can I do for you?",
        "left": "You were away for a while, so you are no longer in the queue. "
        "Just ask if you still want to talk to a person.",
        "transferred": "You are being passed on to a colleague. You are number {position} in the queue.",
        "returned": "I am sorry, the connection to my colleague was lost. "
        "You are first in line for the next one.",
        "returned_place": "I am sorry, the connection to my colleague was lost. "
        "You are number {position} in the queue for the next one.",
        "back_to_bot": "This is the virtual assistant again. Is there anything else that I can do?",
        "greeting": "Hello{name}, this is {agent}. I have read what you wrote so far.",
        "about_record": "I am looking at {record} now.",
        "ask_missing": "To go on I need one more thing: {missing}.",
        "sorry_bot": "I am sorry that the assistant could not help. I will look into it myself.",
        "sorry_trouble": "I am sorry for the trouble. Let me put this right.",
        "one_moment": "Please give me a moment while I look into it.",
    },
    "nb": {
        "queued": "Jeg setter deg over til en kollega. Du er nummer {position} i køen.",
        "wait": "Forventet ventetid er {wait}.",
        "wait_short": "under ett minutt",
        "wait_minute": "omtrent ett minutt",
        "wait_minutes": "omtrent {minutes} minutter",
        "no_agents": "Beklager, ingen av kollegene mine er ledige akkurat nå.",
        "outside_hours": "Beklager, kollegene våre er ikke på jobb nå.",
        "leave_message": "Skriv meldingen din her, så svarer de så snart de kan.",
        "leave_contact": "Ta gjerne med en e-postadresse eller et telefonnummer.",
        "message_taken": "Takk. Jeg har sendt meldingen videre som sak {ticket}; en kollega svarer deg.",
        "callback_taken": "Greit, en kollega ringer deg opp på {phone}. Er det noe annet jeg kan gjøre?",
        "cancelled": "Greit, her er jeg igjen. Hva kan jeg hjelpe deg med?",
        "left": "Du var borte en stund, så du står ikke lenger i køen. "
        "Si fra hvis du fortsatt vil snakke med et menneske.",
        "transferred": "Du settes over til en annen kollega. Du er nummer {position} i køen.",
        "returned": "Beklager, forbindelsen til kollegaen min ble brutt. Du er først i køen til neste.",
        "returned_place": "Beklager, forbindelsen til kollegaen min ble brutt. "
        "Du er nummer {position} i køen til neste.",
        "back_to_bot": "Dette er den virtuelle assistenten igjen. Er det noe annet jeg kan gjøre?",
        "greeting": "Hei{name}, dette er {agent}. Jeg har lest det du har skrevet så langt.",
        "about_record": "Jeg ser på {record} nå.",
        "ask_missing": "For å komme videre trenger jeg én ting til: {missing}.",
        "sorry_bot": "Beklager at assistenten ikke kunne hjelpe. Jeg ser på saken selv.",
        "sorry_trouble": "Beklager bryderiet. La meg ordne opp i dette.",
        "one_moment": "Et øyeblikk, så undersøker jeg det.",
    },
    "fr": {
        "queued": "Je vous passe un collègue. Vous êtes numéro {position} dans la file.",
        "wait": "L'attente prévue est de {wait}.",
        "wait_short": "moins d'une minute",
        "wait_minute": "environ une minute",
        "wait_minutes": "environ {minutes} minutes",
        "no_agents": "Désolé, aucun de mes collègues n'est disponible pour le moment.",
        "outside_hours": "Désolé, nos collègues ne travaillent pas à cette heure-ci.",
        "leave_message": "Écrivez votre message ici et ils vous répondront dès que possible.",
        "leave_contact": "Merci d'indiquer une adresse e-mail ou un numéro de téléphone.",
        "message_taken": "Merci. J'ai transmis votre message (ticket {ticket}) ; un collègue vous répondra.",
        "callback_taken": "C'est noté, un collègue vous rappellera au {phone}. "
        "Puis-je faire autre chose pour vous ?",
        "cancelled": "Très bien, me revoici. Que puis-je faire pour vous ?",
        "left": "Vous étiez absent, vous n'êtes donc plus dans la file. "
        "Dites-le si vous souhaitez toujours parler à une personne.",
        "transferred": "On vous passe un autre collègue. Vous êtes numéro {position} dans la file.",
        "returned": "Désolé, la liaison avec mon collègue a été coupée. Vous êtes le premier de la file.",
        "returned_place": "Désolé, la liaison avec mon collègue a été coupée. "
        "Vous êtes numéro {position} dans la file.",
        "back_to_bot": "C'est de nouveau l'assistant virtuel. Puis-je faire autre chose pour vous ?",
        "greeting": "Bonjour{name}, ici {agent}. J'ai lu vos messages.",
        "about_record": "Je regarde {record}.",
        "ask_missing": "Pour continuer, il me manque une information : {missing}.",
        "sorry_bot": "Désolé que l'assistant n'ait pas pu vous aider. Je m'en occupe moi-même.",
        "sorry_trouble": "Toutes mes excuses pour ce désagrément. Je vais arranger cela.",
        "one_moment": "Un instant, je vérifie.",
    },
    "pt": {
        "queued": "Vou passar a conversa a um colega. É o número {position} na fila.",
        "wait": "O tempo de espera previsto é de {wait}.",
        "wait_short": "menos de um minuto",
        "wait_minute": "cerca de um minuto",
        "wait_minutes": "cerca de {minutes} minutos",
        "no_agents": "Lamento, nenhum dos meus colegas está disponível neste momento.",
        "outside_hours": "Lamento, os nossos colegas não estão a trabalhar a esta hora.",
        "leave_message": "Escreva aqui a sua mensagem e eles responderão assim que possível.",
        "leave_contact": "Indique, por favor, um endereço de e-mail ou um número de telefone.",
        "message_taken": "Obrigado. Passei a sua mensagem como pedido {ticket}; um colega vai responder.",
        "callback_taken": "Muito bem, um colega liga-lhe de volta para {phone}. "
        "Posso ajudar em mais alguma coisa?",
        "cancelled": "Muito bem, estou de volta. Em que posso ajudar?",
        "left": "Esteve ausente, por isso já não está na fila. Diga se ainda quer falar com uma pessoa.",
        "transferred": "Vai ser atendido por outro colega. É o número {position} na fila.",
        "returned": "Lamento, perdeu-se a ligação ao meu colega. É o primeiro na fila para o próximo.",
        "returned_place": "Lamento, perdeu-se a ligação ao meu colega. "
        "É o número {position} na fila para o próximo.",
        "back_to_bot": "Fala de novo o assistente virtual. Posso ajudar em mais alguma coisa?",
        "greeting": "Olá{name}, fala {agent}. Li o que escreveu até agora.",
        "about_record": "Estou a ver {record}.",
        "ask_missing": "Para continuar preciso de mais uma coisa: {missing}.",
        "sorry_bot": "Lamento que o assistente não tenha conseguido ajudar. Vou tratar disto eu.",
        "sorry_trouble": "Lamento o incómodo. Vou resolver isto.",
        "one_moment": "Um momento, por favor, enquanto verifico.",
    },
    "es": {
        "queued": "Le paso con un compañero. Es el número {position} de la cola.",
        "wait": "La espera prevista es de {wait}.",
        "wait_short": "menos de un minuto",
        "wait_minute": "alrededor de un minuto",
        "wait_minutes": "unos {minutes} minutos",
        "no_agents": "Lo siento, ninguno de mis compañeros está disponible ahora mismo.",
        "outside_hours": "Lo siento, nuestros compañeros no trabajan a esta hora.",
        "leave_message": "Escriba aquí su mensaje y le responderán lo antes posible.",
        "leave_contact": "Añada, por favor, un correo electrónico o un teléfono.",
        "message_taken": "Gracias. He pasado su mensaje como caso {ticket}; un compañero le responderá.",
        "callback_taken": "De acuerdo, un compañero le llamará al {phone}. ¿Puedo ayudarle en algo más?",
        "cancelled": "De acuerdo, aquí estoy de nuevo. ¿En qué puedo ayudarle?",
        "left": "Ha estado ausente, así que ya no está en la cola. "
        "Dígalo si todavía quiere hablar con una persona.",
        "transferred": "Le pasamos con otro compañero. Es el número {position} de la cola.",
        "returned": "Lo siento, se ha perdido la conexión con mi compañero. Es el primero de la cola.",
        "returned_place": "Lo siento, se ha perdido la conexión con mi compañero. "
        "Es el número {position} de la cola.",
        "back_to_bot": "Soy de nuevo el asistente virtual. ¿Puedo ayudarle en algo más?",
        "greeting": "Hola{name}, soy {agent}. He leído lo que ha escrito hasta ahora.",
        "about_record": "Estoy mirando {record}.",
        "ask_missing": "Para seguir necesito una cosa más: {missing}.",
        "sorry_bot": "Siento que el asistente no haya podido ayudarle. Lo miro yo mismo.",
        "sorry_trouble": "Siento las molestias. Voy a solucionarlo.",
        "one_moment": "Un momento, por favor, lo compruebo.",
    },
    "de": {
        "queued": "Ich gebe Sie an eine Kollegin oder einen Kollegen weiter. "
        "Sie sind Nummer {position} in der Warteschlange.",
        "wait": "Die erwartete Wartezeit beträgt {wait}.",
        "wait_short": "weniger als eine Minute",
        "wait_minute": "etwa eine Minute",
        "wait_minutes": "etwa {minutes} Minuten",
        "no_agents": "Es tut mir leid, gerade ist niemand aus unserem Team verfügbar.",
        "outside_hours": "Es tut mir leid, um diese Zeit ist niemand aus unserem Team da.",
        "leave_message": "Schreiben Sie Ihre Nachricht hier, Sie bekommen so bald wie möglich Antwort.",
        "leave_contact": "Bitte nennen Sie dazu eine E-Mail-Adresse oder Telefonnummer.",
        "message_taken": "Danke. Ihre Nachricht ist als Vorgang {ticket} weitergegeben. "
        "Sie bekommen Antwort.",
        "callback_taken": "In Ordnung, Sie werden unter {phone} zurückgerufen. "
        "Kann ich sonst noch etwas tun?",
        "cancelled": "In Ordnung, ich bin wieder da. Was kann ich für Sie tun?",
        "left": "Sie waren eine Weile weg und sind nicht mehr in der Warteschlange. "
        "Sagen Sie Bescheid, wenn Sie noch mit einem Menschen sprechen möchten.",
        "transferred": "Sie werden weitergegeben. Sie sind Nummer {position} in der Warteschlange.",
        "returned": "Es tut mir leid, die Verbindung ist abgebrochen. Sie sind als Nächstes an der Reihe.",
        "returned_place": "Es tut mir leid, die Verbindung ist abgebrochen. "
        "Sie sind Nummer {position} in der Warteschlange.",
        "back_to_bot": "Hier ist wieder der virtuelle Assistent. Kann ich sonst noch etwas tun?",
        "greeting": "Guten Tag{name}, hier ist {agent}. Ich habe gelesen, was Sie geschrieben haben.",
        "about_record": "Ich sehe mir gerade {record} an.",
        "ask_missing": "Um weiterzumachen, brauche ich noch etwas: {missing}.",
        "sorry_bot": "Es tut mir leid, dass der Assistent nicht helfen konnte. Ich kümmere mich darum.",
        "sorry_trouble": "Entschuldigen Sie die Umstände. Ich bringe das in Ordnung.",
        "one_moment": "Einen Moment bitte, ich sehe nach.",
    },
}

_SPOKEN: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "leave_message": "Say your message now, and they will answer you as soon as they can.",
        "leave_contact": "Please add a phone number.",
        "message_taken": "Thank you. I have passed your message on, and a colleague will answer you.",
        "greeting": "Hello{name}, this is {agent}. I have seen what you told the assistant.",
    },
    "nb": {
        "leave_message": "Si meldingen din nå, så svarer de så snart de kan.",
        "leave_contact": "Ta gjerne med et telefonnummer.",
        "message_taken": "Takk. Jeg har sendt meldingen videre, og en kollega svarer deg.",
        "greeting": "Hei{name}, dette er {agent}. Jeg har sett hva du har sagt til assistenten.",
    },
    "fr": {
        "leave_message": "Dites votre message maintenant et ils vous répondront dès que possible.",
        "leave_contact": "Merci d'indiquer un numéro de téléphone.",
        "message_taken": "Merci. J'ai transmis votre message, un collègue vous répondra.",
        "greeting": "Bonjour{name}, ici {agent}. J'ai vu ce que vous avez dit à l'assistant.",
    },
    "pt": {
        "leave_message": "Diga agora a sua mensagem e eles responderão assim que possível.",
        "leave_contact": "Indique, por favor, um número de telefone.",
        "message_taken": "Obrigado. Passei a sua mensagem, e um colega vai responder.",
        "greeting": "Olá{name}, fala {agent}. Vi o que disse ao assistente.",
    },
    "es": {
        "leave_message": "Diga ahora su mensaje y le responderán lo antes posible.",
        "leave_contact": "Añada, por favor, un número de teléfono.",
        "message_taken": "Gracias. He pasado su mensaje, y un compañero le responderá.",
        "greeting": "Hola{name}, soy {agent}. He visto lo que le dijo al asistente.",
    },
    "de": {
        "leave_message": "Sprechen Sie Ihre Nachricht jetzt, Sie bekommen so bald wie möglich Antwort.",
        "leave_contact": "Bitte nennen Sie dazu eine Telefonnummer.",
        "message_taken": "Danke. Ihre Nachricht ist weitergegeben, Sie bekommen Antwort.",
        "greeting": "Guten Tag{name}, hier ist {agent}. Ich weiß, was Sie dem Assistenten gesagt haben.",
    },
}
"""What is worded another way for callers, who cannot read or write."""

_ALIASES: Final = {"no": "nb", "nn": "nb"}


def base_language(tag: str | None) -> str | None:
    """The language of an IETF tag without region or script: ``en`` of ``en-GB``, ``nb`` of ``no``."""
    if not tag:
        return None
    base = tag.replace("_", "-").split("-", 1)[0].lower()
    return _ALIASES.get(base, base)


def text(key: str, language: str | None, *, channel: str = "", **values: object) -> str:
    """The text in the language, or in English when there is no translation, worded for the channel."""
    return catalogue(language, channel=channel)[key].format(**values)


def wait_text(seconds: float, language: str | None) -> str:
    """A wait in words, as roughly as it is known."""
    minutes = round(seconds / 60)
    if seconds < 45:
        return text("wait_short", language)
    if minutes <= 1:
        return text("wait_minute", language)
    return text("wait_minutes", language, minutes=minutes)


def catalogue(language: str | None, *, channel: str = "") -> Mapping[str, str]:
    """All texts in a language, or in English when there are none in it, as the channel needs them."""
    known = base_language(language) or DEFAULT_LANGUAGE
    if known not in _TEXTS:
        known = DEFAULT_LANGUAGE
    return _TEXTS[known] if channel != VOICE else {**_TEXTS[known], **_SPOKEN[known]}


def languages() -> frozenset[str]:
    """The languages that there are texts in."""
    return frozenset(_TEXTS)
