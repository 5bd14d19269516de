/** The messages of a conversation, each once and in order, whichever way and however often they came. */

import { dayKey } from '../../shared/format.ts';
import type { Message } from '../../shared/protocol.ts';

import type { Unsent } from './outbox.ts';

export type Delivery = 'sending' | 'delivered' | 'failed';

export interface Entry {
  /** Stays the same when a message that was being sent is confirmed. */
  key: string;
  message: Message;
  /** For the customer's own messages. */
  delivery?: Delivery;
}

/** How the entries are laid out on the screen. */
export type Row =
  | { kind: 'day'; key: string; timestamp: number }
  | { kind: 'line'; key: string; message: Message }
  | { kind: 'message'; key: string; entry: Entry; first: boolean; last: boolean };

/** Messages of one author within this many seconds stand together. */
const TOGETHER = 300;

export class Timeline {
  private readonly bySequence = new Map<number, Message>();

  /** Takes a message in; false when it is known already, or is not for customers. */
  add(message: Message): boolean {
    if (message.author === 'note' || this.bySequence.has(message.sequence)) return false;
    this.bySequence.set(message.sequence, message);
    return true;
  }

  has(messageId: string): boolean {
    return this.messages.some((message) => message.message_id === messageId);
  }

  clear(): void {
    this.bySequence.clear();
  }

  get messages(): Message[] {
    return [...this.bySequence.values()].sort((a, b) => a.sequence - b.sequence);
  }

  /** How many messages others wrote after the sequence number. */
  unreadAfter(sequence: number): number {
    return this.messages.filter(
      (message) => message.sequence > sequence && (message.author === 'bot' || message.author === 'agent'),
    ).length;
  }

  get lastSequence(): number {
    return this.messages.at(-1)?.sequence ?? 0;
  }

  /** What is confirmed, in order, and after it what is still to be sent. */
  entries(unsent: readonly Unsent[]): Entry[] {
    const confirmed = this.messages.map((message): Entry => {
      if (message.author !== 'customer') return { key: `s${message.sequence}`, message };
      return { key: message.message_id ?? `s${message.sequence}`, message, delivery: 'delivered' };
    });
    const keys = new Set(confirmed.map((entry) => entry.key));
    const waiting = unsent
      .filter((message) => !keys.has(message.message_id))
      .map((message): Entry => ({
        key: message.message_id,
        message: customerMessage(Infinity, message.written_at, message),
        delivery: message.failed ? 'failed' : 'sending',
      }));
    return [...confirmed, ...waiting];
  }
}

/** The customer's own message as the server will give it back. */
export function customerMessage(sequence: number, timestamp: number, unsent: Unsent): Message {
  return {
    sequence,
    timestamp,
    author: 'customer',
    text: unsent.title ?? unsent.message,
    name: null,
    message_id: unsent.message_id,
    buttons: [],
    image: null,
    custom: null,
    kind: null,
  };
}

/** Puts days between the messages, and those of one author together. */
export function rowsOf(entries: readonly Entry[]): Row[] {
  const rows: Row[] = [];
  let previous: Message | undefined;
  for (const entry of entries) {
    const { message, key } = entry;
    const { timestamp } = message;
    if (!previous || dayKey(previous.timestamp) !== dayKey(timestamp)) {
      rows.push({ kind: 'day', key: `d${dayKey(timestamp)}`, timestamp });
    }
    if (message.author === 'system') {
      rows.push({ kind: 'line', key, message });
    } else {
      const before = rows.at(-1);
      const first = before?.kind !== 'message' || !standTogether(before.entry.message, message);
      if (!first) before.last = false;
      rows.push({ kind: 'message', key, entry, first, last: true });
    }
    previous = message;
  }
  return rows;
}

function standTogether(a: Message, b: Message): boolean {
  return a.author === b.author && a.name === b.name && Math.abs(b.timestamp - a.timestamp) < TOGETHER;
}
