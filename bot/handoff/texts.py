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
        "ask_missing": "May I ask for one more thing? {missing}:",
        "sorry_bot": "I am sorry that the assistant could not help. I will look into it myself.",
        "sorry_trouble": "I am sorry for the trouble. Let me put this right.",
        "one_moment": "Please give me a moment while I look into it.",
        "leave_contact": "How can we reach you? Please write an e-mail address or a phone number.",
        "leave_on_file": "Shall we answer to {address}? You can also write another e-mail address or a "
        "phone number.",
        "on_file_yes": "Yes, that address",
        "contact_again": "I cannot read that as an e-mail address or a phone number. Please write, for "
        "example, name@example.com, or a number with its country code, such as +44 20 7946 0000.",
        "contact_taken": "Thank you. A colleague will answer you at {contact}.",
        "contact_none": "All right. Your message is passed on all the same: come back to this chat, "
        "and you will find the answer here.",
        "came_after_all": "Good news: a colleague has just become available. You need not leave a "
        "message: I am passing you on. You are number {position} in the queue.",
        "answer_subject": "Answer to your message ({ticket})",
        "answer_quote": "You wrote to us:",
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
        "ask_missing": "Kan jeg be om én ting til? {missing}:",
        "sorry_bot": "Beklager at assistenten ikke kunne hjelpe. Jeg ser på saken selv.",
        "sorry_trouble": "Beklager bryderiet. La meg ordne opp i dette.",
        "one_moment": "Et øyeblikk, så undersøker jeg det.",
        "leave_contact": "Hvordan kan vi nå deg? Skriv en e-postadresse eller et telefonnummer.",
        "leave_on_file": "Skal vi svare til {address}? Du kan også skrive en annen e-postadresse eller "
        "et telefonnummer.",
        "on_file_yes": "Ja, den adressen",
        "contact_again": "Jeg kan ikke lese det som en e-postadresse eller et telefonnummer. Skriv for "
        "eksempel navn@example.no, eller et nummer som +47 22 00 00 00.",
        "contact_taken": "Takk. En kollega svarer deg på {contact}.",
        "contact_none": "Greit. Meldingen er sendt videre likevel: kom tilbake til denne chatten, så "
        "finner du svaret her.",
        "came_after_all": "Godt nytt: en kollega er nettopp blitt ledig. Du trenger ikke legge igjen "
        "noen melding: jeg setter deg over. Du er nummer {position} i køen.",
        "answer_subject": "Svar på meldingen din ({ticket})",
        "answer_quote": "Du skrev til oss:",
    },
    "fr": {
        "queued": "Je vous passe un collègue. Vous êtes numéro {position} dans la file.",
        "wait": "L'attente prévue est {wait}.",
        "wait_short": "de moins d'une minute",
        "wait_minute": "d'environ une minute",
        "wait_minutes": "d'environ {minutes} minutes",
        "no_agents": "Désolé, aucun de mes collègues n'est disponible pour le moment.",
        "outside_hours": "Désolé, nos collègues ne travaillent pas à cette heure-ci.",
        "leave_message": "Écrivez votre message ici et ils vous répondront dès que possible.",
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
        "ask_missing": "Puis-je vous demander encore une chose ? {missing} :",
        "sorry_bot": "Désolé que l'assistant n'ait pas pu vous aider. Je m'en occupe moi-même.",
        "sorry_trouble": "Toutes mes excuses pour ce désagrément. Je vais arranger cela.",
        "one_moment": "Un instant, je vérifie.",
        "leave_contact": "Comment pouvons-nous vous joindre ? Écrivez une adresse e-mail ou un numéro "
        "de téléphone.",
        "leave_on_file": "Faut-il vous répondre à {address} ? Vous pouvez aussi écrire une autre "
        "adresse e-mail ou un numéro de téléphone.",
        "on_file_yes": "Oui, à cette adresse",
        "contact_again": "Je n'y reconnais ni adresse e-mail ni numéro de téléphone. Écrivez par "
        "exemple nom@example.fr, ou un numéro comme +33 1 23 45 67 89.",
        "contact_taken": "Merci. Un collègue vous répondra : {contact}.",
        "contact_none": "Très bien. Votre message est transmis quand même : revenez dans ce chat, vous "
        "y trouverez la réponse.",
        "came_after_all": "Bonne nouvelle : un collègue vient de se libérer. Inutile de laisser un "
        "message, je vous le passe. Vous êtes numéro {position} dans la file.",
        "answer_subject": "Réponse à votre message ({ticket})",
        "answer_quote": "Vous nous avez écrit :",
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
        "ask_missing": "Posso pedir mais uma coisa? {missing}:",
        "sorry_bot": "Lamento que o assistente não tenha conseguido ajudar. Vou tratar disto eu.",
        "sorry_trouble": "Lamento o incómodo. Vou resolver isto.",
        "one_moment": "Um momento, por favor, enquanto verifico.",
        "leave_contact": "Como podemos contactá-lo? Escreva um endereço de e-mail ou um número de telefone.",
        "leave_on_file": "Respondemos para {address}? Também pode escrever outro endereço de e-mail ou "
        "um número de telefone.",
        "on_file_yes": "Sim, esse endereço",
        "contact_again": "Não consigo ler aí um endereço de e-mail nem um número de telefone. Escreva, "
        "por exemplo, nome@example.pt, ou um número como +351 21 000 0000.",
        "contact_taken": "Obrigado. Um colega vai responder para {contact}.",
        "contact_none": "Muito bem. A sua mensagem segue na mesma: volte a este chat e encontrará aqui "
        "a resposta.",
        "came_after_all": "Boas notícias: um colega acaba de ficar disponível. Não precisa de deixar "
        "mensagem: passo-lhe a conversa. É o número {position} na fila.",
        "answer_subject": "Resposta à sua mensagem ({ticket})",
        "answer_quote": "Escreveu-nos:",
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
        "ask_missing": "¿Puedo pedirle una cosa más? {missing}:",
        "sorry_bot": "Siento que el asistente no haya podido ayudarle. Lo miro yo mismo.",
        "sorry_trouble": "Siento las molestias. Voy a solucionarlo.",
        "one_moment": "Un momento, por favor, lo compruebo.",
        "leave_contact": "¿Cómo podemos contactar con usted? Escriba un correo electrónico o un teléfono.",
        "leave_on_file": "¿Le respondemos a {address}? También puede escribir otro correo electrónico "
        "o un teléfono.",
        "on_file_yes": "Sí, esa dirección",
        "contact_again": "No reconozco ahí un correo electrónico ni un teléfono. Escriba, por ejemplo, "
        "nombre@example.es, o un número como +34 910 00 00 00.",
        "contact_taken": "Gracias. Un compañero le responderá a {contact}.",
        "contact_none": "De acuerdo. Su mensaje se pasa igualmente: vuelva a este chat y encontrará "
        "aquí la respuesta.",
        "came_after_all": "Buenas noticias: un compañero acaba de quedar libre. No hace falta que deje "
        "un mensaje: le paso con él. Es el número {position} de la cola.",
        "answer_subject": "Respuesta a su mensaje ({ticket})",
        "answer_quote": "Nos escribió:",
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
        "ask_missing": "Darf ich noch um etwas bitten? {missing}:",
        "sorry_bot": "Es tut mir leid, dass der Assistent nicht helfen konnte. Ich kümmere mich darum.",
        "sorry_trouble": "Entschuldigen Sie die Umstände. Ich bringe das in Ordnung.",
        "one_moment": "Einen Moment bitte, ich sehe nach.",
        "leave_contact": "Wie erreichen wir Sie? Bitte schreiben Sie eine E-Mail-Adresse oder eine "
        "Telefonnummer.",
        "leave_on_file": "Sollen wir an {address} antworten? Sie können auch eine andere "
        "E-Mail-Adresse oder eine Telefonnummer schreiben.",
        "on_file_yes": "Ja, an diese Adresse",
        "contact_again": "Das kann ich nicht als E-Mail-Adresse oder Telefonnummer lesen. Schreiben "
        "Sie zum Beispiel name@example.de oder eine Nummer wie +49 30 000000.",
        "contact_taken": "Danke. Sie bekommen Antwort: {contact}.",
        "contact_none": "In Ordnung. Ihre Nachricht ist trotzdem weitergegeben: Kommen Sie in diesen "
        "Chat zurück, dann finden Sie hier die Antwort.",
        "came_after_all": "Gute Nachricht: Gerade ist jemand aus unserem Team frei geworden. Sie "
        "brauchen keine Nachricht zu hinterlassen, ich gebe Sie weiter. Sie sind Nummer {position} in "
        "der Warteschlange.",
        "answer_subject": "Antwort auf Ihre Nachricht ({ticket})",
        "answer_quote": "Sie haben uns geschrieben:",
    },
}

_SPOKEN: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "leave_number": "Please add a phone number.",
        "leave_message": "Say your message now, and they will answer you as soon as they can.",
        "message_taken": "Thank you. I have passed your message on, and a colleague will answer you.",
        "greeting": "Hello{name}, this is {agent}. I have seen what you told the assistant.",
        "leave_contact": "How can we reach you? Please say a phone number.",
        "contact_again": "I did not get a phone number. Please say it once more, digit by digit.",
        "contact_none": "All right. Your message is passed on all the same.",
        "contact_taken": "Thank you. A colleague will call you.",
        "came_after_all": "Good news: a colleague has just become available. I am passing you on. You "
        "are number {position} in the queue.",
    },
    "nb": {
        "leave_number": "Ta gjerne med et telefonnummer.",
        "leave_message": "Si meldingen din nå, så svarer de så snart de kan.",
        "message_taken": "Takk. Jeg har sendt meldingen videre, og en kollega svarer deg.",
        "greeting": "Hei{name}, dette er {agent}. Jeg har sett hva du har sagt til assistenten.",
        "leave_contact": "Hvordan kan vi nå deg? Si et telefonnummer.",
        "contact_again": "Jeg fikk ikke med meg noe telefonnummer. Si det en gang til, siffer for siffer.",
        "contact_none": "Greit. Meldingen er sendt videre likevel.",
        "contact_taken": "Takk. En kollega ringer deg.",
        "came_after_all": "Godt nytt: en kollega er nettopp blitt ledig. Jeg setter deg over. Du er "
        "nummer {position} i køen.",
    },
    "fr": {
        "leave_number": "Merci d'indiquer un numéro de téléphone.",
        "leave_message": "Dites votre message maintenant et ils vous répondront dès que possible.",
        "message_taken": "Merci. J'ai transmis votre message, un collègue vous répondra.",
        "greeting": "Bonjour{name}, ici {agent}. J'ai vu ce que vous avez dit à l'assistant.",
        "leave_contact": "Comment pouvons-nous vous joindre ? Dites un numéro de téléphone.",
        "contact_again": "Je n'ai pas compris de numéro de téléphone. Répétez-le, chiffre par chiffre.",
        "contact_none": "Très bien. Votre message est transmis quand même.",
        "contact_taken": "Merci. Un collègue vous rappellera.",
        "came_after_all": "Bonne nouvelle : un collègue vient de se libérer. Je vous le passe. Vous "
        "êtes numéro {position} dans la file.",
    },
    "pt": {
        "leave_number": "Indique, por favor, um número de telefone.",
        "leave_message": "Diga agora a sua mensagem e eles responderão assim que possível.",
        "message_taken": "Obrigado. Passei a sua mensagem, e um colega vai responder.",
        "greeting": "Olá{name}, fala {agent}. Vi o que disse ao assistente.",
        "leave_contact": "Como podemos contactá-lo? Diga um número de telefone.",
        "contact_again": "Não percebi nenhum número de telefone. Repita-o, algarismo por algarismo.",
        "contact_none": "Muito bem. A sua mensagem segue na mesma.",
        "contact_taken": "Obrigado. Um colega vai telefonar-lhe.",
        "came_after_all": "Boas notícias: um colega acaba de ficar disponível. Passo-lhe a chamada. É "
        "o número {position} na fila.",
    },
    "es": {
        "leave_number": "Añada, por favor, un número de teléfono.",
        "leave_message": "Diga ahora su mensaje y le responderán lo antes posible.",
        "message_taken": "Gracias. He pasado su mensaje, y un compañero le responderá.",
        "greeting": "Hola{name}, soy {agent}. He visto lo que le dijo al asistente.",
        "leave_contact": "¿Cómo podemos contactar con usted? Diga un número de teléfono.",
        "contact_again": "No he entendido ningún teléfono. Repítalo, cifra por cifra.",
        "contact_none": "De acuerdo. Su mensaje se pasa igualmente.",
        "contact_taken": "Gracias. Un compañero le llamará.",
        "came_after_all": "Buenas noticias: un compañero acaba de quedar libre. Le paso con él. Es el "
        "número {position} de la cola.",
    },
    "de": {
        "leave_number": "Bitte nennen Sie dazu eine Telefonnummer.",
        "leave_message": "Sprechen Sie Ihre Nachricht jetzt, Sie bekommen so bald wie möglich Antwort.",
        "message_taken": "Danke. Ihre Nachricht ist weitergegeben, Sie bekommen Antwort.",
        "greeting": "Guten Tag{name}, hier ist {agent}. Ich weiß, was Sie dem Assistenten gesagt haben.",
        "leave_contact": "Wie erreichen wir Sie? Bitte nennen Sie eine Telefonnummer.",
        "contact_again": "Ich habe keine Telefonnummer verstanden. Bitte nennen Sie sie noch einmal, "
        "Ziffer für Ziffer.",
        "contact_none": "In Ordnung. Ihre Nachricht ist trotzdem weitergegeben.",
        "contact_taken": "Danke. Sie werden zurückgerufen.",
        "came_after_all": "Gute Nachricht: Gerade ist jemand aus unserem Team frei geworden. Ich gebe "
        "Sie weiter. Sie sind Nummer {position} in der Warteschlange.",
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
