import { describe, expect, it } from 'vitest';

import { LinkFailed, type Link, type LinkHandlers } from '../shared/phone/link.ts';
import { ApiError } from './api.ts';
import { KeptLink, type LinkPhase } from './kept-link.ts';

/** A link whose fate the test decides: each `open` takes the next outcome, and connects once there are none left. */
function scene(outcomes: Error[] = [], refusals: ApiError[] = []) {
  const phases: LinkPhase[] = [];
  const pauses: number[] = [];
  const handlers: LinkHandlers[] = [];
  const closed: number[] = [];
  const ends: string[] = [];
  let tickets = 0;
  const kept = new KeptLink({
    invite: () => {
      const refusal = refusals.shift();
      if (refusal) return Promise.reject(refusal);
      tickets += 1;
      return Promise.resolve({ url: 'https://voice.example/', token: `t${tickets}` });
    },
    makeLink: (given) => {
      const at = handlers.push(given) - 1;
      return {
        open: () => {
          const outcome = outcomes.shift();
          if (outcome) return Promise.reject(outcome);
          given.connected();
          return Promise.resolve();
        },
        close: () => closed.push(at),
        press: () => undefined,
        hangUp: () => undefined,
      } satisfies Link;
    },
    pause: (ms) => Promise.resolve(pauses.push(ms)),
    onPhase: (phase) => phases.push(phase),
    onEnded: () => ends.push('ended'),
    onSound: () => undefined,
  });
  return { kept, phases, pauses, handlers, closed, ends, tickets: () => tickets };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

describe('KeptLink', () => {
  it('joins', async () => {
    const { kept, phases } = scene();
    await kept.join();
    expect(phases).toEqual(['joining', 'on']);
  });

  it('comes back with a new ticket when the audio breaks', async () => {
    const { kept, phases, handlers, tickets } = scene();
    await kept.join();
    handlers[0]?.lost();
    await settled();
    expect(phases).toEqual(['joining', 'on', 'broken', 'on']);
    expect(tickets()).toBe(2);
  });

  it('waits longer each time, and gives up in the end', async () => {
    const failures = Array.from({ length: 5 }, () => new LinkFailed('unreachable'));
    const { kept, phases, pauses } = scene(failures);
    await kept.join();
    expect(pauses).toEqual([300, 700, 1_500, 3_000]);
    expect(phases.at(-1)).toBe('failed');
  });

  it('tries again after what may pass, and not after a no', async () => {
    const passing = scene([], [new ApiError(503, 'store.unavailable', '')]);
    await passing.kept.join();
    expect(passing.phases.at(-1)).toBe('on');

    const refused = scene([], [new ApiError(409, 'call.over', '')]);
    await refused.kept.join();
    expect(refused.phases).toEqual(['joining', 'failed']);
  });

  it('comes back when only the bot was away, which alone knows whose the call is', async () => {
    const { kept, phases, handlers, ends, tickets } = scene();
    await kept.join();
    handlers[0]?.ended('bot_unreachable');
    await settled();
    expect(phases).toEqual(['joining', 'on', 'broken', 'on']);
    expect(tickets()).toBe(2);
    handlers[1]?.ended('not_yours');
    expect(ends).toEqual(['ended']);
  });

  it('does nothing more once the call has ended or was left', async () => {
    const { kept, phases, handlers, closed, ends } = scene();
    await kept.join();
    handlers[0]?.ended('hangup');
    handlers[0]?.lost();
    await settled();
    expect(phases).toEqual(['joining', 'on']);
    expect(closed).toEqual([0]);
    expect(ends).toHaveLength(1);
  });
});
