/** The bot's attempts as an agent reads them: what it set out to do and what came of it, without its bookkeeping. */

import type { Attempt } from './types.ts';

export interface Tried {
  sequence: number;
  action: string;
  outcomes: readonly string[];
}

/** Actions by which a bot only talks on, waits or checks an answer: nothing that was tried for the customer. */
const TALK = /^(utter_|validate_|action_ask_|action_(affirm|deny|greet|inform|correct|repeat|stop|listen|session_start|default_|switch_language))/;

/**
 * One entry for a run of the same action. Slots have a section of their own, so that an action set one is left out;
 * that it spoke goes without saying. What failed is always told, whatever it was.
 */
export function tried(attempts: readonly Attempt[]): Tried[] {
  const found: Tried[] = [];
  for (const attempt of attempts) {
    const outcomes = (attempt.outcome ?? '')
      .split('; ')
      .filter((outcome) => outcome && !['said', 'done', 'rejected'].includes(outcome) && !/^slots?:/.test(outcome));
    const telling = outcomes.some((outcome) => outcome.startsWith('failed:'));
    if (TALK.test(attempt.action) && !telling) continue;
    const last = found.at(-1);
    if (last?.action === attempt.action) {
      found[found.length - 1] = { ...last, outcomes: [...new Set([...last.outcomes, ...outcomes])] };
    } else {
      found.push({ sequence: attempt.sequence, action: attempt.action, outcomes });
    }
  }
  return found;
}
