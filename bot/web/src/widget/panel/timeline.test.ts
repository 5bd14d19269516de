import { describe, expect, it } from 'vitest';

import type { Message } from '../../shared/protocol.ts';

import type { Unsent } from './outbox.ts';
import { Timeline, rowsOf } from './timeline.ts';

function message(sequence: number, parts: Partial<Message> = {}): Message {
  return {
    sequence,
    timestamp: 1_700_000_000 + sequence,
    author: 'bot',
    text: `message ${sequence}`,
    name: null,
    message_id: null,
    buttons: [],
    image: null,
    custom: null,
    kind: null,
    ...parts,
  };
}

function unsent(messageId: string, parts: Partial<Unsent> = {}): Unsent {
  return { message_id: messageId, message: `text ${messageId}`, written_at: 1_700_000_100, failed: false, ...parts };
}

describe('Timeline', () => {
  it('orders by sequence and drops what it has seen', () => {
    const timeline = new Timeline();
    expect([4, 1, 4, 2].map((sequence) => timeline.add(message(sequence)))).toEqual([true, true, false, true]);
    expect(timeline.messages.map(({ sequence }) => sequence)).toEqual([1, 2, 4]);
  });

  it('shows no internal note', () => {
    const timeline = new Timeline();
    expect(timeline.add(message(1, { author: 'note' }))).toBe(false);
    expect(timeline.entries([])).toEqual([]);
  });

  it('keeps the key of a message from its sending to its confirmation', () => {
    const timeline = new Timeline();
    const before = timeline.entries([unsent('a'), unsent('b', { failed: true, title: 'Pressed' })]);
    timeline.add(message(7, { author: 'customer', message_id: 'a' }));
    const after = timeline.entries([unsent('a')]);

    expect(before.map(({ key, delivery }) => [key, delivery])).toEqual([
      ['a', 'sending'],
      ['b', 'failed'],
    ]);
    expect(before[1]?.message.text).toBe('Pressed');
    expect(after.map(({ key, delivery }) => [key, delivery])).toEqual([['a', 'delivered']]);
  });

  it('counts what others wrote as unread', () => {
    const timeline = new Timeline();
    timeline.add(message(1));
    timeline.add(message(2, { author: 'customer' }));
    timeline.add(message(3, { author: 'agent' }));
    timeline.add(message(4, { author: 'system' }));
    expect([0, 1, 3].map((read) => timeline.unreadAfter(read))).toEqual([2, 1, 0]);
  });
});

describe('rowsOf', () => {
  const shape = (messages: Message[]) =>
    rowsOf(messages.map((each) => ({ key: String(each.sequence), message: each }))).map((row) =>
      row.kind === 'message' ? `${row.first ? '[' : ''}${row.key}${row.last ? ']' : ''}` : row.kind,
    );

  it('puts messages of one author together, under their day', () => {
    expect(shape([message(1), message(2), message(3, { author: 'customer' })])).toEqual(['day', '[1', '2]', '[3]']);
  });

  it('parts them after a while, at a change of hands, and between two agents', () => {
    expect(shape([message(1), message(400)])).toEqual(['day', '[1]', '[400]']);
    expect(shape([message(1), message(2, { author: 'system' }), message(3)])).toEqual(['day', '[1]', 'line', '[3]']);
    const [ada, bo] = ['Ada', 'Bo'].map((name, index) => message(index, { author: 'agent', name }));
    expect(shape([ada, bo].filter((each) => each !== undefined))).toEqual(['day', '[0]', '[1]']);
  });

  it('begins each day anew', () => {
    expect(shape([message(0), message(90_000)])).toEqual(['day', '[0]', 'day', '[90000]']);
  });
});
