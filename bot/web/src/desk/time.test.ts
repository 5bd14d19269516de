import { describe, expect, it } from 'vitest';

import { clockSkew, replyUrgency } from './time.ts';

describe('waits', () => {
  it('measures how far the clock is ahead', () => {
    expect(clockSkew({ queued_at: 100, waited: 20 }, 150)).toBe(30);
  });

  it('turns amber after a minute and red after three', () => {
    expect([59, 60, 180].map(replyUrgency)).toEqual(['calm', 'soon', 'late']);
  });
});
