import { describe, expect, it } from 'vitest';

import { clock, dayKey, dayName, initials, timeOfDay } from './format.ts';
import { chooseLanguage, directionOf, regional } from './language.ts';

const at = (text: string) => new Date(text).getTime() / 1000;

describe('times', () => {
  const now = at('2026-03-03T00:30:00');

  it('calls days by how near they are', () => {
    expect(dayName(at('2026-03-03T00:01:00'), now, 'en')).toBe('Today');
    expect(dayName(at('2026-03-02T23:59:00'), now, 'nb')).toBe('I går');
    expect(dayName(at('2026-02-20T12:00:00'), now, 'en-GB')).toBe('Friday 20 February');
    expect(dayName(at('2025-12-31T12:00:00'), now, 'en-GB')).toContain('2025');
  });

  it('separates days at midnight', () => {
    expect(dayKey(at('2026-03-02T23:59:59'))).not.toBe(dayKey(at('2026-03-03T00:00:00')));
  });

  it('writes the time of day as the language does', () => {
    expect(timeOfDay(at('2026-03-02T14:05:00'), 'nb')).toBe('14:05');
    expect(timeOfDay(at('2026-03-02T14:05:00'), 'fa')).toBe('۱۴:۰۵');
  });

  it.each([
    [0, '0:00'],
    [67.9, '1:07'],
    [3725, '1:02:05'],
    [-4, '0:00'],
  ])('shows %d seconds as %s', (seconds, expected) => {
    expect(clock(seconds)).toBe(expected);
  });
});

describe('initials', () => {
  it.each([
    ['Ada Lind', 'AL'],
    ['ada maria lind', 'AL'],
    ['Øyvind', 'Ø'],
    ['  ', ''],
  ])('of %s are %s', (name, expected) => {
    expect(initials(name)).toBe(expected);
  });
});

describe('language', () => {
  const supported = ['en', 'nb', 'pt', 'fa'];

  it.each([
    [['pt-BR', 'en'], 'pt'],
    [['nn-NO'], 'nb'],
    [['no'], 'nb'],
    [[undefined, '', 'xx', 'FA'], 'fa'],
    [[], 'en'],
  ])('for %j is %s', (wanted, expected) => {
    expect(chooseLanguage(wanted, supported)).toBe(expected);
  });

  it('has a direction', () => {
    expect(['fa', 'ar', 'en', 'nb'].map(directionOf)).toEqual(['rtl', 'rtl', 'ltr', 'ltr']);
  });

  it('takes the region of the reader', () => {
    expect(regional('pt', ['en-US', 'pt-BR'])).toBe('pt-BR');
    expect(regional('nb', ['en-US'])).toBe('nb');
  });
});
