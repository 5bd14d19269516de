import { describe, expect, it } from 'vitest';

import { cut } from './spans.ts';

describe('cut', () => {
  it('counts code points, as the server does', () => {
    expect(cut('😀 48213!', 2, 7)).toEqual({ before: '😀 ', marked: '48213', after: '!' });
  });

  it('marks the whole text where there is no span, or one that does not fit', () => {
    expect(cut('abc', null, null).marked).toBe('abc');
    expect(cut('abc', 1, 9).marked).toBe('abc');
  });
});
