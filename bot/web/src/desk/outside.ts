/** Passing a call on outside: to whom it can go (a telephone number or a SIP address), and why it did not. */

import { t, type Key } from './i18n.ts';
import type { Message } from './types.ts';

const SIP = /^sips?:[^\s@<>"]+@[^\s@<>"]+$/i;
/** Fifteen digits at most (ITU-T E.164). */
const NUMBER = /^\+?\d{3,15}$/;

/** The target as the server takes it, or undefined when it is neither. */
export function outsideTarget(text: string): string | undefined {
  const trimmed = text.trim();
  if (SIP.test(trimmed)) return trimmed;
  const number = trimmed
    // What people write between digits.
    .replace(/[\s().\-/]/g, '')
    // Persian and Arabic keyboards write digits of their own.
    .replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String((digit.codePointAt(0) ?? 0) & 0xf));
  return NUMBER.test(number) ? number : undefined;
}

/** What SIP's statuses (RFC 3261, 21) mean to somebody who passed a call on. */
const REASONS: Readonly<Record<number, Key>> = {
  400: 'transfer.why.unknown',
  403: 'transfer.why.declined',
  404: 'transfer.why.unknown',
  405: 'transfer.why.impossible',
  408: 'transfer.why.no_answer',
  410: 'transfer.why.unknown',
  480: 'transfer.why.no_answer',
  484: 'transfer.why.unknown',
  486: 'transfer.why.busy',
  487: 'transfer.why.no_answer',
  501: 'transfer.why.impossible',
  600: 'transfer.why.busy',
  603: 'transfer.why.declined',
  604: 'transfer.why.unknown',
};

/** Who could not be reached, and why. */
export function transferFailed({ text, status }: Pick<Message, 'text' | 'status'>): string {
  const code = status ?? 0;
  return t('log.call_transfer_failed', {
    // Isolated: a number reads from left to right in every language.
    text: `\u2068${text ?? ''}\u2069`,
    why: t(REASONS[code] ?? 'transfer.why.other', { status: code }),
  });
}
