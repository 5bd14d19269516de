import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { OwnTyping, TheirTyping } from './typing.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('OwnTyping', () => {
  it('is said at the first key, sparingly after it, and once at the end', () => {
    const said: boolean[] = [];
    const typing = new OwnTyping((active) => said.push(active), Date.now);
    for (let key = 0; key < 10; key++) {
      typing.touch();
      vi.advanceTimersByTime(500);
    }
    expect(said).toEqual([true, true]);
    vi.advanceTimersByTime(10_000);
    typing.stop();
    expect(said).toEqual([true, true, false]);
  });
});

describe('TheirTyping', () => {
  it('is forgotten when its end never comes', () => {
    const changed = vi.fn();
    const typing = new TheirTyping(changed);
    typing.set(true, 'agent', 'Ada');
    expect(typing.current).toEqual({ author: 'agent', name: 'Ada' });
    vi.advanceTimersByTime(60_000);
    expect(typing.current).toBeNull();
    expect(changed).toHaveBeenCalledTimes(2);
  });
});
