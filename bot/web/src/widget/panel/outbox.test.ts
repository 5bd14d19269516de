import { describe, expect, it } from 'vitest';

import { Outbox } from './outbox.ts';
import { KeptValues } from './storage.ts';

/** What a browser's storage does, and, when told to, refuses. */
class FakeStorage implements Storage {
  [name: string]: unknown;
  full = false;
  private readonly values = new Map<string, string>();

  get length(): number {
    return this.values.size;
  }

  key(index: number): string | null {
    return [...this.values.keys()][index] ?? null;
  }

  getItem(key: string): string | null {
    return this.values.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    if (this.full) throw new DOMException('Full.', 'QuotaExceededError');
    this.values.set(key, value);
  }

  removeItem(key: string): void {
    this.values.delete(key);
  }

  clear(): void {
    this.values.clear();
  }
}

const SERVER = 'https://chat.example/';
const written = (messageId: string, at: number) => ({
  message_id: messageId,
  message: messageId,
  written_at: at,
  failed: false,
});

describe('Outbox', () => {
  it('outlives the page, in the order of writing', () => {
    const storage = new FakeStorage();
    const before = new Outbox(new KeptValues(SERVER, storage));
    before.add(written('second', 2));
    before.add({ ...written('first', 1), title: 'First' });

    const after = new Outbox(new KeptValues(SERVER, storage));
    expect(after.all.map(({ message_id }) => message_id)).toEqual(['first', 'second']);
    expect(after.next?.title).toBe('First');
  });

  it('sends past what has failed, until it is tried again', () => {
    const outbox = new Outbox(new KeptValues(SERVER, new FakeStorage()));
    outbox.add(written('a', 1));
    outbox.add(written('b', 2));
    outbox.setFailed('a', true);
    expect(outbox.next?.message_id).toBe('b');
    outbox.setFailed('a', false);
    expect(outbox.next?.message_id).toBe('a');
    outbox.setFailed('gone', true);
    expect(outbox.all).toHaveLength(2);
  });

  it('does not overwrite what another tab keeps', () => {
    const storage = new FakeStorage();
    const [one, other] = [storage, storage].map((each) => new Outbox(new KeptValues(SERVER, each)));
    one?.add(written('a', 1));
    other?.add(written('b', 2));
    expect(new Outbox(new KeptValues(SERVER, storage)).all).toHaveLength(2);
  });

  it('drops what it cannot read', () => {
    const storage = new FakeStorage();
    const kept = new KeptValues(SERVER, storage);
    kept.set('outbox:broken', '{"message_id": 3}');
    kept.set('outbox:torn', '{"mess');
    expect(new Outbox(kept).all).toEqual([]);
    expect(kept.names('outbox:')).toEqual([]);
  });
});

describe('KeptValues', () => {
  it('keeps the values of two servers apart', () => {
    const storage = new FakeStorage();
    new KeptValues(SERVER, storage).set('session', 'one');
    expect(new KeptValues('https://other.example/', storage).get('session')).toBeNull();
  });

  it.each([
    ['full', () => Object.assign(new FakeStorage(), { full: true })],
    ['absent', () => undefined],
  ])('keeps values for the life of the page when storage is %s', (_, storage) => {
    const kept = new KeptValues(SERVER, storage());
    kept.set('session', 'one');
    kept.set('outbox:a', '{}');
    expect(kept.get('session')).toBe('one');
    expect(kept.names('outbox:')).toEqual(['outbox:a']);
    kept.remove('session');
    expect(kept.get('session')).toBeNull();
  });
});
