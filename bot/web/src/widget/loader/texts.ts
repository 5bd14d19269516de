/** The few words that are needed before the panel and its catalogues are loaded. */

import type { Catalogue } from '../../shared/i18n.ts';

export type LoaderText = 'open' | 'close' | 'unread' | 'failed';

export const texts: Readonly<Record<string, Catalogue & Record<LoaderText, Catalogue[string]>>> = {
  en: {
    open: 'Open chat',
    close: 'Close chat',
    unread: { one: '{count} unread message', other: '{count} unread messages' },
    failed: 'The chat could not be loaded. Check your connection and try again.',
  },
  nb: {
    open: 'Åpne chat',
    close: 'Lukk chat',
    unread: { one: '{count} ulest melding', other: '{count} uleste meldinger' },
    failed: 'Chatten kunne ikke lastes. Sjekk nettforbindelsen og prøv igjen.',
  },
  fr: {
    open: 'Ouvrir la discussion',
    close: 'Fermer la discussion',
    unread: { one: '{count} message non lu', other: '{count} messages non lus' },
    failed: 'Impossible de charger la discussion. Vérifiez votre connexion et réessayez.',
  },
  pt: {
    open: 'Abrir conversa',
    close: 'Fechar conversa',
    unread: { one: '{count} mensagem não lida', other: '{count} mensagens não lidas' },
    failed: 'Não foi possível carregar a conversa. Verifique a ligação e tente novamente.',
  },
  lv: {
    open: 'Atvērt saraksti',
    close: 'Aizvērt saraksti',
    unread: {
      zero: '{count} nelasītu ziņojumu',
      one: '{count} nelasīts ziņojums',
      other: '{count} nelasīti ziņojumi',
    },
    failed: 'Saraksti neizdevās ielādēt. Pārbaudiet savienojumu un mēģiniet vēlreiz.',
  },
  de: {
    open: 'Chat öffnen',
    close: 'Chat schließen',
    unread: { one: '{count} ungelesene Nachricht', other: '{count} ungelesene Nachrichten' },
    failed: 'Der Chat konnte nicht geladen werden. Bitte prüfen Sie Ihre Verbindung und versuchen Sie es erneut.',
  },
  es: {
    open: 'Abrir chat',
    close: 'Cerrar chat',
    unread: { one: '{count} mensaje sin leer', other: '{count} mensajes sin leer' },
    failed: 'No se ha podido cargar el chat. Compruebe su conexión e inténtelo de nuevo.',
  },
  fa: {
    open: 'باز کردن گفتگو',
    close: 'بستن گفتگو',
    unread: '{count} پیام خوانده‌نشده',
    failed: 'گفتگو بارگذاری نشد. اتصال اینترنت خود را بررسی کنید و دوباره تلاش کنید.',
  },
  ar: {
    open: 'فتح المحادثة',
    close: 'إغلاق المحادثة',
    unread: {
      zero: 'لا رسائل غير مقروءة',
      one: 'رسالة واحدة غير مقروءة',
      two: 'رسالتان غير مقروءتين',
      few: '{count} رسائل غير مقروءة',
      many: '{count} رسالة غير مقروءة',
      other: '{count} رسالة غير مقروءة',
    },
    failed: 'تعذّر تحميل المحادثة. تحقّق من اتصالك وحاول مرة أخرى.',
  },
};
