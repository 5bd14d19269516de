/** The bot's attempts as an agent reads them: one entry for a run of the same action, without its bookkeeping. */

import type { Attempt } from './types.ts';

export interface Tried {
  sequence: number;
  action: string;
  because: string | null;
  outcomes: readonly string[];
}

/** Slots have a section of their own, so that an action set one is left out; that it spoke goes without saying. */
export function tried(attempts: readonly Attempt[]): Tried[] {
  const found: Tried[] = [];
  for (const attempt of attempts) {
    const outcomes = (attempt.outcome ?? '')
      .split('; ')
      .filter((outcome) => outcome && outcome !== 'said' && outcome !== 'done' && !/^slots?:/.test(outcome));
    const last = found.at(-1);
    if (last?.action === attempt.action) {
      found[found.length - 1] = { ...last, outcomes: [...new Set([...last.outcomes, ...outcomes])] };
    } else {
      found.push({ sequence: attempt.sequence, action: attempt.action, because: attempt.because, outcomes });
    }
  }
  return found;
}
