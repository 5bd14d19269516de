/** A conversation's messages: in order of sequence, each once, whichever way and how often they arrive. */

import type { Message } from './types.ts';

/** `known` with `arrived` worked in. Messages already known are dropped; the result is sorted by sequence. */
export function merge(known: readonly Message[], arrived: readonly Message[]): readonly Message[] {
  const seen = new Set(known.map((message) => message.sequence));
  const fresh = arrived.filter((message) => {
    if (seen.has(message.sequence)) return false;
    seen.add(message.sequence);
    return true;
  });
  if (fresh.length === 0) return known;
  return [...known, ...fresh].sort((a, b) => a.sequence - b.sequence);
}

export function lastSequence(messages: readonly Message[]): number {
  return messages.at(-1)?.sequence ?? 0;
}

/** How many of the customer's messages came after the one last seen. */
export function unreadCount(messages: readonly Message[], seen: number): number {
  return messages.filter((message) => message.author === 'customer' && message.sequence > seen).length;
}

/** The last message that somebody said aloud: neither a note nor a system line. */
export function lastSaid(messages: readonly Message[]): Message | undefined {
  return messages.findLast((message) => message.author !== 'note' && message.author !== 'system');
}

/**
 * Since when the customer waits for a person's reply: the first thing they said after the last person's
 * message, or since a person joined who has said nothing yet. Undefined when the last word is ours.
 */
export function waitingSince(messages: readonly Message[]): number | undefined {
  const answered = messages.findLastIndex((message) => message.author === 'agent');
  const joined = messages.findLastIndex((message) => message.kind === 'agent_joined');
  if (joined > answered) return messages[joined]?.timestamp;
  const first = messages.find((message, index) => index > answered && message.author === 'customer');
  return first?.timestamp;
}

/** The title of the button that the customer pressed under the bot's message at `index`, if they did. */
export function pressedButton(messages: readonly Message[], index: number): string | undefined {
  const asked = messages[index];
  if (!asked?.buttons.length) return undefined;
  const answer = messages.slice(index + 1).find((message) => message.author === 'customer');
  return asked.buttons.find((button) => button.title === answer?.text || button.payload === answer?.text)?.title;
}

/**
 * The line that shows what happened at `sequence`: what was said then, or the next that was said, since an
 * action is no line of the transcript but what it led to is. The last line when nothing was said after.
 */
export function lineAt(messages: readonly Message[], sequence: number): number | undefined {
  return (messages.find((message) => message.sequence >= sequence) ?? messages.at(-1))?.sequence;
}
