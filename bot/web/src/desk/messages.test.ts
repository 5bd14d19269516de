import { describe, expect, it } from 'vitest';

import { lineAt, merge, pressedButton, unreadCount, waitingSince } from './messages.ts';
import type { Message } from './types.ts';

function message(sequence: number, author: Message['author'], fields: Partial<Message> = {}): Message {
  return {
    sequence,
    timestamp: 1_000 + sequence,
    author,
    text: `line ${sequence}`,
    name: null,
    message_id: null,
    buttons: [],
    image: null,
    custom: null,
    kind: null,
    ...fields,
  };
}

describe('merge', () => {
  it('orders by sequence however the messages arrive', () => {
    const merged = merge([message(5, 'bot')], [message(9, 'agent'), message(2, 'customer'), message(7, 'customer')]);
    expect(merged.map((each) => each.sequence)).toEqual([2, 5, 7, 9]);
  });

  it('keeps each message once, also when one delivery holds it twice', () => {
    const known = [message(2, 'customer')];
    expect(merge(known, [message(2, 'customer'), message(4, 'bot'), message(4, 'bot')])).toHaveLength(2);
  });

  it('gives the same list back when nothing is new', () => {
    const known = [message(2, 'customer')];
    expect(merge(known, [message(2, 'customer')])).toBe(known);
  });
});

describe('unreadCount', () => {
  it('counts the customer only, after what was seen', () => {
    const messages = [message(1, 'customer'), message(2, 'bot'), message(3, 'customer'), message(4, 'note')];
    expect(unreadCount(messages, 0)).toBe(2);
    expect(unreadCount(messages, 1)).toBe(1);
    expect(unreadCount(messages, 3)).toBe(0);
  });
});

describe('waitingSince', () => {
  const joined = message(5, 'system', { kind: 'agent_joined' });

  it('begins when the person joined, before they have said anything', () => {
    expect(waitingSince([message(1, 'customer'), joined, message(7, 'customer')])).toBe(1_005);
  });

  it('begins anew with the person to whom the conversation was transferred', () => {
    const next = message(9, 'system', { kind: 'agent_joined' });
    expect(waitingSince([joined, message(7, 'agent'), next])).toBe(1_009);
  });

  it('begins with the first unanswered words of the customer', () => {
    const messages = [joined, message(6, 'agent'), message(7, 'customer'), message(8, 'customer')];
    expect(waitingSince(messages)).toBe(1_007);
  });

  it('is over once a person answered; a note is no answer', () => {
    expect(waitingSince([joined, message(6, 'customer'), message(7, 'agent'), message(8, 'note')])).toBeUndefined();
    expect(waitingSince([joined, message(6, 'agent'), message(7, 'customer'), message(8, 'note')])).toBe(1_007);
  });
});

describe('pressedButton', () => {
  const buttons = [
    { title: 'Yes', payload: '/affirm' },
    { title: 'No', payload: '/deny' },
  ];

  it('finds the button by what the customer said next', () => {
    expect(pressedButton([message(1, 'bot', { buttons }), message(2, 'customer', { text: 'No' })], 0)).toBe('No');
    expect(pressedButton([message(1, 'bot', { buttons }), message(2, 'customer', { text: '/affirm' })], 0)).toBe('Yes');
  });

  it('finds none when the customer typed something else, or nothing yet', () => {
    expect(pressedButton([message(1, 'bot', { buttons }), message(2, 'customer')], 0)).toBeUndefined();
    expect(pressedButton([message(1, 'bot', { buttons })], 0)).toBeUndefined();
  });
});

describe('lineAt', () => {
  const messages = [message(2, 'customer'), message(6, 'bot')];

  it('is the line itself, or the next for what is no line', () => {
    expect(lineAt(messages, 2)).toBe(2);
    expect(lineAt(messages, 4)).toBe(6);
  });

  it('is the last line for what came after all, and none without lines', () => {
    expect(lineAt(messages, 9)).toBe(6);
    expect(lineAt([], 9)).toBeUndefined();
  });
});
