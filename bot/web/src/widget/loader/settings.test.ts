import { describe, expect, it } from 'vitest';

import { brandColour } from './colour.ts';
import { readSettings } from './settings.ts';
import type { SiteSettings } from './settings.ts';
import { badgedTitle } from './title.ts';

function read(site: SiteSettings = {}, dataset: Record<string, string> = {}, htmlLanguage = '') {
  return readSettings({
    site,
    script: { src: 'https://chat.example/widget.js?v=1', dataset },
    htmlLanguage,
    browserLanguages: ['fr-CA'],
    supported: ['en', 'fr', 'fa'],
  });
}

describe('readSettings', () => {
  it('finds the server where the script came from, or where it is told', () => {
    expect(read().server).toBe('https://chat.example/');
    expect(read({}, { server: 'https://other.example/firstline' }).server).toBe('https://other.example/firstline/');
    expect(read({ server: '/chat/' }).server).toBe('https://chat.example/chat/');
  });

  it('takes the language from the settings, then the page, then the browser', () => {
    expect(read({ language: 'fa' }, { language: 'en' }, 'en').language).toBe('fa');
    expect(read({}, { language: 'en' }, 'fa').language).toBe('en');
    expect(read({}, {}, 'fa-IR').language).toBe('fa');
    expect(read().language).toBe('fr');
  });

  it('stands where lines end, unless told otherwise', () => {
    expect(read().side).toBe('right');
    expect(read({ language: 'fa' }).side).toBe('left');
    expect(read({ language: 'fa', position: 'right' }).side).toBe('right');
    expect(read({}, { position: 'top' }).side).toBe('right');
  });

  it('reads lists from an attribute', () => {
    expect(read({}, { suggestions: 'One | Two' }).suggestions).toEqual(['One', 'Two']);
    expect(read().suggestions).toEqual([]);
  });

  it('takes a token, or what fetches one', async () => {
    expect(read().token).toBeUndefined();
    await expect(read({ customData: { token: 'jwt' } }).token?.()).resolves.toBe('jwt');
    await expect(read({ customData: { token: () => Promise.resolve('fresh') } }).token?.()).resolves.toBe('fresh');
  });
});

describe('brandColour', () => {
  it.each([
    ['#0f4c5c', { brand: '#0f4c5c', onBrand: '#ffffff' }],
    ['#FD0', { brand: '#FFDD00', onBrand: '#000000' }],
    ['red; background: url(x)', undefined],
    [undefined, undefined],
  ])('of %s', (value, expected) => {
    expect(brandColour(value)).toEqual(expected);
  });
});

describe('badgedTitle', () => {
  it('puts the number in front, once', () => {
    expect(badgedTitle('Shop', 2)).toBe('(2) Shop');
    expect(badgedTitle('(2) Shop', 12)).toBe('(9+) Shop');
    expect(badgedTitle('(9+) Basket', 0)).toBe('Basket');
  });
});
