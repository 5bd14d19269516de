import { describe, expect, it } from 'vitest';

import { lengthOf } from '../contract.ts';
import { wasLeftOpen } from './open-state.ts';
import { readSite, refusalText } from './site.ts';

describe('readSite', () => {
  it('reads what the server says, and takes anything else for no answer', () => {
    expect(readSite({ allowed: false, max_message_length: 500 })).toEqual({ allowed: false, maxLength: 500 });
    for (const other of [null, 'no', {}, { allowed: 'no', max_message_length: 1 }, { allowed: false }]) {
      expect(readSite(other)).toBeUndefined();
    }
  });
});

describe('refusalText', () => {
  it('names the origin and the setting', () => {
    const text = refusalText('https://shop.example', 'https://chat.example/');
    expect(text).toContain('"https://shop.example"');
    expect(text).toContain('FIRSTLINE_ALLOWED_ORIGINS');
  });
});

describe('lengthOf', () => {
  it('counts as the server does', () => {
    expect(lengthOf('abc')).toBe(3);
    expect(lengthOf('🙂🙂')).toBe(2);
  });
});

describe('wasLeftOpen', () => {
  it('is false where nothing can be kept', () => {
    expect(wasLeftOpen('https://chat.example/', { coversPage: false, reloaded: true })).toBe(false);
  });
});
