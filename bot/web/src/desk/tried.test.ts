import { describe, expect, it } from 'vitest';

import { tried } from './tried.ts';

const attempt = (sequence: number, action: string, outcome: string) => ({ sequence, action, because: 'rule', outcome });

describe('tried', () => {
  it('makes one entry of a run of the same action', () => {
    const entries = tried([
      attempt(1, 'order_form', 'slots: order_number, postcode; said'),
      attempt(4, 'order_form', 'read: order 48213; slot: postcode'),
      attempt(9, 'action_return', 'said'),
      attempt(12, 'order_form', 'failed: Timeout'),
    ]);
    expect(entries.map(({ sequence, outcomes }) => [sequence, outcomes])).toEqual([
      [1, ['read: order 48213']],
      [9, []],
      [12, ['failed: Timeout']],
    ]);
  });

  it('leaves out what is only talk, unless it failed', () => {
    const entries = tried([
      attempt(1, 'utter_goodbye', 'said'),
      attempt(2, 'action_ask_item', 'said'),
      attempt(3, 'validate_order_form', 'rejected'),
      attempt(4, 'action_greet', 'failed: KeyError'),
    ]);
    expect(entries.map(({ action }) => action)).toEqual(['action_greet']);
  });
});
