/** What things and people are called on the screen. */

import { timeOfDay } from '../shared/format.ts';
import { hasKey, locale, t } from './i18n.ts';
import { humanise } from './titles.ts';
import type { HandoffView, LeftMessage, Visitor } from './types.ts';

/** The customer's name, or the number they call from, or what tells one unnamed visitor from another. */
export function customerName(handoff: Pick<HandoffView, 'customer' | 'visitor' | 'queued_at' | 'call'>): string {
  // Left to right whichever way the words around it run: a number does not turn.
  const caller = handoff.call?.caller ? `\u2066${handoff.call.caller}\u2069` : undefined;
  return handoff.customer?.name ?? caller ?? visitorName(handoff.visitor, handoff.queued_at);
}

/** Whoever left a message. */
export function senderName(message: LeftMessage): string {
  const caller = message.contact_source === 'caller' ? `\u2066${message.contact ?? ''}\u2069` : undefined;
  return message.customer_name ?? caller ?? visitorName(message.visitor, message.created_at);
}

/** `Visitor on /lamps, Chrome · Android, Oslo`; of whom nothing is known, since when they are there. */
function visitorName(visitor: Visitor | null, since: number): string {
  const { page, device, place } = visitor ?? { page: null, device: null, place: null };
  const who = page === null ? t('row.visitor') : t('row.visitor_on', { page: `\u2066${page}\u2069` });
  const known = [who, device === null ? null : `\u2068${device}\u2069`, place === null ? null : `\u2068${place}\u2069`];
  if (visitor === null) return t('row.visitor_since', { time: timeOfDay(since, locale()) });
  return known.filter((part) => part !== null).join(t('row.comma'));
}

export function reasonText(code: string | null): string {
  const key = `reason.${code ?? ''}`;
  return hasKey(key) ? t(key) : humanise(code ?? '');
}

export function channelText(channel: string): string {
  const key = `channel.${channel}`;
  return hasKey(key) ? t(key) : humanise(channel);
}

/** Any value of a slot or a record, as one line. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || typeof value === 'number') return String(value);
  return JSON.stringify(value);
}
