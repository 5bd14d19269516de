/** The words of the page, in the languages of the widget. */

export interface Texts {
  title: string;
  ask: string;
  undo: string;
  done: string;
  gone: string;
  failed: string;
}

export const english: Texts = {
  title: 'Undo a change',
  ask: 'Your contact data was changed in our chat. If that was not you, undo it here: everything is then as it was before.',
  undo: 'Undo the change',
  done: 'Done. Your data is as it was before, and who made the change is signed out of the chat.',
  gone: 'This link undoes nothing: it was used, or it is too old. Please get in touch with us if something is wrong.',
  failed: 'That did not work. Please try again in a moment.',
};

export const texts: Readonly<Record<string, Texts>> = {
  en: english,
  nb: {
    title: 'Angre en endring',
    ask: 'Kontaktopplysningene dine ble endret i chatten vår. Var det ikke deg, kan du angre det her: Da er alt som før.',
    undo: 'Angre endringen',
    done: 'Ferdig. Opplysningene dine er som før, og den som endret dem, er logget ut av chatten.',
    gone: 'Denne lenken angrer ingenting: Den er brukt, eller den er for gammel. Ta kontakt hvis noe er galt.',
    failed: 'Det gikk ikke. Prøv igjen om et øyeblikk.',
  },
  fr: {
    title: 'Annuler une modification',
    ask: "Vos coordonnées ont été modifiées dans notre chat. Si ce n'était pas vous, annulez cela ici : tout redevient comme avant.",
    undo: 'Annuler la modification',
    done: "C'est fait. Vos données sont comme avant, et l'auteur de la modification est déconnecté du chat.",
    gone: "Ce lien n'annule rien : il a déjà servi, ou il est trop ancien. Contactez-nous si quelque chose ne va pas.",
    failed: "Cela n'a pas fonctionné. Réessayez dans un instant.",
  },
  pt: {
    title: 'Anular uma alteração',
    ask: 'Os seus dados de contacto foram alterados no nosso chat. Se não foi você, anule aqui: tudo fica como antes.',
    undo: 'Anular a alteração',
    done: 'Feito. Os seus dados estão como antes, e quem fez a alteração foi desligado do chat.',
    gone: 'Este link não anula nada: já foi usado ou é demasiado antigo. Contacte-nos se algo estiver errado.',
    failed: 'Não funcionou. Tente de novo dentro de momentos.',
  },
  es: {
    title: 'Deshacer un cambio',
    ask: 'Sus datos de contacto se cambiaron en nuestro chat. Si no fue usted, deshágalo aquí: todo queda como antes.',
    undo: 'Deshacer el cambio',
    done: 'Hecho. Sus datos están como antes, y quien hizo el cambio ya no tiene acceso en el chat.',
    gone: 'Este enlace no deshace nada: ya se usó o es demasiado antiguo. Póngase en contacto si algo va mal.',
    failed: 'No ha funcionado. Inténtelo de nuevo en un momento.',
  },
  de: {
    title: 'Eine Änderung rückgängig machen',
    ask: 'Ihre Kontaktdaten wurden in unserem Chat geändert. Waren Sie das nicht, machen Sie es hier rückgängig: Dann ist alles wie zuvor.',
    undo: 'Änderung rückgängig machen',
    done: 'Erledigt. Ihre Daten sind wie zuvor, und wer sie geändert hat, ist im Chat abgemeldet.',
    gone: 'Dieser Link macht nichts rückgängig: Er wurde benutzt oder ist zu alt. Melden Sie sich, wenn etwas nicht stimmt.',
    failed: 'Das hat nicht geklappt. Versuchen Sie es gleich noch einmal.',
  },
  lv: {
    title: 'Atsaukt izmaiņas',
    ask: 'Jūsu kontaktinformācija tika mainīta mūsu čatā. Ja to nedarījāt jūs, atsauciet to šeit: viss būs kā iepriekš.',
    undo: 'Atsaukt izmaiņas',
    done: 'Gatavs. Jūsu dati ir kā iepriekš, un tas, kurš tos mainīja, čatā vairs nav pieslēgts.',
    gone: 'Šī saite neko neatsauc: tā jau ir izmantota vai ir par vecu. Sazinieties ar mums, ja kaut kas nav kārtībā.',
    failed: 'Neizdevās. Pēc brīža mēģiniet vēlreiz.',
  },
  fa: {
    title: 'بازگرداندن یک تغییر',
    ask: 'اطلاعات تماس شما در گفت‌وگوی ما تغییر کرد. اگر کار شما نبود، اینجا آن را بازگردانید تا همه چیز مانند قبل شود.',
    undo: 'بازگرداندن تغییر',
    done: 'انجام شد. اطلاعات شما مانند قبل است و کسی که آن را تغییر داده بود از گفت‌وگو خارج شد.',
    gone: 'این پیوند چیزی را بازنمی‌گرداند: استفاده شده یا خیلی قدیمی است. اگر مشکلی هست با ما تماس بگیرید.',
    failed: 'انجام نشد. لحظه‌ای دیگر دوباره امتحان کنید.',
  },
  ar: {
    title: 'التراجع عن تغيير',
    ask: 'تم تغيير بيانات الاتصال الخاصة بك في محادثتنا. إن لم تكن أنت من فعل ذلك، فتراجع عنه هنا ليعود كل شيء كما كان.',
    undo: 'التراجع عن التغيير',
    done: 'تم. عادت بياناتك كما كانت، وخرج من أجرى التغيير من المحادثة.',
    gone: 'هذا الرابط لا يتراجع عن شيء: فقد استُخدم من قبل أو أنه قديم جدًا. تواصل معنا إن كان هناك خطأ.',
    failed: 'لم ينجح ذلك. حاول مرة أخرى بعد لحظات.',
  },
};
