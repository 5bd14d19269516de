import { describe, expect, it } from 'vitest';

import { neighbour, sortHandoffs } from './queue.ts';
import type { HandoffView } from './types.ts';

function handoff(id: string, fields: Partial<HandoffView> = {}): HandoffView {
  return {
    id,
    conversation_id: `c-${id}`,
    state: 'queued',
    queue: 'general',
    priority: 0,
    language: 'en',
    channel: 'socketio',
    reason: null,
    detail: '',
    queued_at: 100,
    waited: 0,
    position: null,
    expected_wait: null,
    offered_to: null,
    offer_expires_at: null,
    agent_id: null,
    agent_name: null,
    customer: null,
    visitor: null,
    customer_left: false,
    rating: null,
    ended_at: null,
    preview: '',
    transfers: 0,
    disposition: null,
    call: null,
    ...fields,
  };
}

const ids = (handoffs: HandoffView[]) => handoffs.map((each) => each.id);

describe('sortHandoffs', () => {
  it('puts the oldest first within a priority, and higher priorities before', () => {
    const sorted = sortHandoffs(
      [
        handoff('new', { queued_at: 300 }),
        handoff('old', { queued_at: 100 }),
        handoff('urgent', { queued_at: 400, priority: 2 }),
      ],
      { id: 'me' },
    );
    expect(ids(sorted.queue)).toEqual(['urgent', 'old', 'new']);
  });

  it('tells what is offered to me, mine, and in other hands', () => {
    const sorted = sortHandoffs(
      [
        handoff('offer', { state: 'offered', offered_to: 'me' }),
        handoff('offer to another', { state: 'offered', offered_to: 'them' }),
        handoff('mine', { state: 'accepted', agent_id: 'me' }),
        handoff('theirs', { state: 'accepted', agent_id: 'them' }),
        handoff('over', { state: 'resolved', agent_id: 'me' }),
      ],
      { id: 'me' },
    );
    expect(ids(sorted.offers)).toEqual(['offer']);
    expect(ids(sorted.mine)).toEqual(['mine']);
    expect(ids(sorted.queue)).toEqual(['offer to another']);
    expect(ids(sorted.others)).toEqual(['theirs']);
  });

  it('shows the offer that expires first on top', () => {
    const offered = { state: 'offered', offered_to: 'me' } as const;
    const sorted = sortHandoffs(
      [handoff('later', { ...offered, offer_expires_at: 50 }), handoff('sooner', { ...offered, offer_expires_at: 20 })],
      { id: 'me' },
    );
    expect(ids(sorted.offers)).toEqual(['sooner', 'later']);
  });
});

describe('neighbour', () => {
  it('walks and stops at the ends', () => {
    expect(neighbour(['a', 'b', 'c'], 'b', 1)).toBe('c');
    expect(neighbour(['a', 'b', 'c'], 'c', 1)).toBe('c');
    expect(neighbour(['a', 'b', 'c'], 'a', -1)).toBe('a');
  });

  it('begins at the first when nothing is open, and finds nothing in nothing', () => {
    expect(neighbour(['a', 'b'], null, 1)).toBe('a');
    expect(neighbour([], null, 1)).toBeUndefined();
  });
});
