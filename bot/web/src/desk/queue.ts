/** Which handoffs are whose, and in what order they are shown. */

import type { Agent, HandoffView } from './types.ts';

export interface Sorted {
  /** Offered to this agent, the one that expires first on top. */
  offers: HandoffView[];
  /** Owned by this agent, longest held first, so that rows keep their places. */
  mine: HandoffView[];
  /** Waiting: higher priority first, then the oldest. */
  queue: HandoffView[];
  /** In other hands: what supervisors see. */
  others: HandoffView[];
}

export function inQueueOrder(a: HandoffView, b: HandoffView): number {
  return b.priority - a.priority || a.queued_at - b.queued_at || (a.id < b.id ? -1 : 1);
}

export function sortHandoffs(handoffs: Iterable<HandoffView>, me: Pick<Agent, 'id'>): Sorted {
  const sorted: Sorted = { offers: [], mine: [], queue: [], others: [] };
  for (const handoff of handoffs) {
    if (handoff.state === 'offered' && handoff.offered_to === me.id) sorted.offers.push(handoff);
    else if (handoff.state === 'accepted' && handoff.agent_id === me.id) sorted.mine.push(handoff);
    else if (handoff.state === 'accepted') sorted.others.push(handoff);
    else if (handoff.state === 'queued' || handoff.state === 'offered') sorted.queue.push(handoff);
  }
  sorted.offers.sort((a, b) => (a.offer_expires_at ?? 0) - (b.offer_expires_at ?? 0));
  sorted.mine.sort((a, b) => a.queued_at - b.queued_at || (a.id < b.id ? -1 : 1));
  sorted.queue.sort(inQueueOrder);
  sorted.others.sort(inQueueOrder);
  return sorted;
}

export function isOpen(handoff: HandoffView): boolean {
  return handoff.state === 'queued' || handoff.state === 'offered' || handoff.state === 'accepted';
}

/** The neighbour of `current` in `ids`, `step` away; stops at the ends. The first when `current` is not there. */
export function neighbour(ids: readonly string[], current: string | null, step: 1 | -1): string | undefined {
  const at = current === null ? -1 : ids.indexOf(current);
  if (at < 0) return ids[0];
  return ids[Math.min(Math.max(at + step, 0), ids.length - 1)];
}
