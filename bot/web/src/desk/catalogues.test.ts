import { describe, expect, it } from 'vitest';

import type { Catalogue, Entry } from '../shared/i18n.ts';
import en from './catalogues/en.json';

const catalogues = import.meta.glob<Catalogue>('./catalogues/*.json', { eager: true, import: 'default' });

function placeholders(entry: Entry | undefined): string[] {
  const text = typeof entry === 'string' ? entry : (entry?.other ?? '');
  return (text.match(/\{\w+\}/g) ?? []).sort();
}

describe.each(Object.entries(catalogues))('%s', (_path, catalogue) => {
  it('has every text, and no other', () => {
    expect(Object.keys(catalogue).sort()).toEqual(Object.keys(en).sort());
  });

  it('keeps every placeholder', () => {
    const wrong = Object.entries(en as Catalogue).filter(
      ([key, entry]) => placeholders(entry).join() !== placeholders(catalogue[key]).join(),
    );
    expect(wrong.map(([key]) => key)).toEqual([]);
  });
});
