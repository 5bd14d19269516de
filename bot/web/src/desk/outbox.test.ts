import { describe, expect, it } from 'vitest';

import { ApiError } from './api.ts';
import { Outbox, type Pending } from './outbox.ts';
import type { Message } from './types.ts';

const lost = new ApiError(0, 'network', 'no answer');
const refused = new ApiError(403, 'handoff.not_owner', 'not yours');
const signedOut = new ApiError(401, 'auth.required', 'sign in');

function harness(storage = new Map<string, string>()) {
  const sent: string[] = [];
  const failures: (ApiError | null)[] = [];
  const delays: number[] = [];
  const later: (() => void)[] = [];
  const state = { pending: [] as readonly Pending[], delivered: [] as string[], signedOut: 0 };
  const outbox = new Outbox({
    send: (pending) => {
      sent.push(pending.message_id);
      const failure = failures.shift() ?? null;
      return failure ? Promise.reject(failure) : Promise.resolve({ message_id: pending.message_id } as Message);
    },
    delivered: (_conversation, message) => state.delivered.push(message.message_id ?? ''),
    changed: (pending) => (state.pending = pending),
    signedOut: () => (state.signedOut += 1),
    storage: {
      getItem: (key) => storage.get(key) ?? null,
      setItem: (key, value) => storage.set(key, value),
      removeItem: (key) => storage.delete(key),
    },
    later: (run, ms) => {
      delays.push(ms);
      later.push(run);
    },
  });
  outbox.open('me');
  const settle = async () => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };
  const add = (id: string, conversation = 'c1') =>
    outbox.add({ message_id: id, conversation_id: conversation, text: id, created_at: 1 });
  return { outbox, sent, failures, delays, later, state, storage, settle, add };
}

describe('Outbox', () => {
  it('sends in order and forgets what was acknowledged', async () => {
    const desk = harness();
    desk.add('m1');
    desk.add('m2');
    await desk.settle();
    expect(desk.sent).toEqual(['m1', 'm2']);
    expect(desk.state.delivered).toEqual(['m1', 'm2']);
    expect(desk.state.pending).toEqual([]);
    expect(desk.storage.size).toBe(0);
  });

  it('tries again with the same id, later each time, and holds back what comes after', async () => {
    const desk = harness();
    desk.failures.push(lost, lost);
    desk.add('m1');
    desk.add('m2');
    await desk.settle();
    expect(desk.sent).toEqual(['m1']);
    desk.later.shift()?.();
    await desk.settle();
    desk.later.shift()?.();
    await desk.settle();
    expect(desk.sent).toEqual(['m1', 'm1', 'm1', 'm2']);
    expect(desk.delays).toEqual([1_000, 2_000]);
  });

  it('does not let one conversation wait for another', async () => {
    const desk = harness();
    desk.failures.push(lost);
    desk.add('m1', 'c1');
    desk.add('m2', 'c2');
    await desk.settle();
    expect(desk.state.delivered).toEqual(['m2']);
  });

  it('leaves what was refused to the agent, and sends the next', async () => {
    const desk = harness();
    desk.failures.push(refused);
    desk.add('m1');
    desk.add('m2');
    await desk.settle();
    expect(desk.state.delivered).toEqual(['m2']);
    expect(desk.state.pending.map((each) => each.status)).toEqual(['failed']);
    desk.outbox.retry('m1');
    await desk.settle();
    expect(desk.state.delivered).toEqual(['m2', 'm1']);
  });

  it('keeps everything through a reload and sends it with the same ids', async () => {
    const before = harness();
    before.failures.push(lost);
    before.add('m1');
    await before.settle();
    const after = harness(before.storage);
    await after.settle();
    expect(after.sent).toEqual(['m1']);
    expect(after.state.delivered).toEqual(['m1']);
  });

  it('waits for the next sign-in when the session ended', async () => {
    const desk = harness();
    desk.failures.push(signedOut);
    desk.add('m1');
    await desk.settle();
    expect(desk.state.signedOut).toBe(1);
    expect(desk.delays).toEqual([]);
    desk.outbox.flush();
    await desk.settle();
    expect(desk.state.delivered).toEqual(['m1']);
  });

  it('drops what turns out to have arrived', async () => {
    const desk = harness();
    desk.failures.push(lost);
    desk.add('m1');
    await desk.settle();
    desk.outbox.confirm('m1');
    desk.later.shift()?.();
    await desk.settle();
    expect(desk.sent).toEqual(['m1']);
    expect(desk.state.pending).toEqual([]);
  });
});
