/** What things and people are called on the screen. */

import { hasKey, t } from './i18n.ts';
import type { HandoffView } from './types.ts';

/** The customer's name, or the number they call from, or a tag that tells one unnamed visitor from another. */
export function customerName(handoff: Pick<HandoffView, 'customer' | 'conversation_id' | 'call'>): string {
  // Left to right whichever way the words around it run: a number does not turn.
  const caller = handoff.call?.caller ? `\u2066${handoff.call.caller}\u2069` : undefined;
  return handoff.customer?.name ?? caller ?? t('row.visitor', { tag: handoff.conversation_id.slice(-4) });
}

export function reasonText(code: string | null): string {
  const key = `reason.${code ?? ''}`;
  return hasKey(key) ? t(key) : humanise(code ?? '');
}

export function channelText(channel: string): string {
  const key = `channel.${channel}`;
  return hasKey(key) ? t(key) : humanise(channel);
}

/** A name out of the bot's domain as words: `action_check_order` becomes `Check order`. */
export function humanise(name: string): string {
  const words = name
    .replace(/^(action|utter|validate)_/, '')
    .replace(/_form$/, '')
    .replace(/[_/]+/g, ' ')
    .trim();
  return words.charAt(0).toLocaleUpperCase() + words.slice(1);
}

/** Words that may hold names out of the bot's domain: `reason: asked_for_person` reads without the joints. */
export function plainWords(text: string): string {
  const words = text.replace(/\b(?:action|utter)_/g, '').replaceAll('_', ' ');
  return words.charAt(0).toLocaleUpperCase() + words.slice(1);
}

/** Any value of a slot or a record, as one line. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || typeof value === 'number') return String(value);
  return JSON.stringify(value);
}
