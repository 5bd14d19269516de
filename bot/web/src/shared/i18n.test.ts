import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { byLanguage, loadTranslator, translator } from './i18n.ts';
import type { Catalogue, Entry } from './i18n.ts';

const files = { items: { one: '{count} item', other: '{count} items' }, hello: 'Hello {name}' };

describe('translator', () => {
  it('chooses the plural form and writes the number', () => {
    const t = translator('en', files);
    expect(t('items', { count: 1 })).toBe('1 item');
    expect(t('items', { count: 1200 })).toBe('1,200 items');
  });

  it("writes numbers in the language's own digits", () => {
    expect(translator('fa', { items: '{count} مورد' })('items', { count: 12 })).toBe('۱۲ مورد');
  });

  it('keeps what it has no value for, and does not read what it puts in', () => {
    const t = translator('en', files);
    expect(t('hello')).toBe('Hello {name}');
    expect(t('hello', { name: '{count}' })).toBe('Hello {count}');
  });

  it('falls back to the other catalogue, then to the key', () => {
    const t = translator<string>('nb', {}, files);
    expect(t('hello', { name: 'Kari' })).toBe('Hello Kari');
    expect(t('missing')).toBe('missing');
  });
});

describe('loadTranslator', () => {
  it('speaks English when the catalogue cannot be had', async () => {
    const t = await loadTranslator('nb', { nb: () => Promise.reject(new Error('gone')) }, files);
    expect(t('hello', { name: 'Kari' })).toBe('Hello Kari');
    expect(t.language).toBe('en');
  });

  it("uses the reader's own region", async () => {
    const t = await loadTranslator('en', {}, files, ['nb-NO', 'en-GB']);
    expect(t.language).toBe('en-GB');
  });
});

describe('catalogues of the widget', () => {
  const folder = join(import.meta.dirname, '../widget/panel/catalogues');
  const read = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Catalogue;
  const english = read('en.json');

  it.each(readdirSync(folder).map((file) => Object.keys(byLanguage({ [file]: 1 }))[0] ?? ''))(
    '%s has every text, with the same parameters and all its plural forms',
    (language) => {
      const catalogue = read(`${language}.json`);
      expect(Object.keys(catalogue)).toEqual(Object.keys(english));
      for (const [key, entry] of Object.entries(catalogue)) {
        expect(parametersOf(entry), key).toEqual(parametersOf(english[key] ?? ''));
        if (typeof entry === 'string') continue;
        const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions();
        // "many" of the Romance languages is for millions.
        const needed = pluralCategories.filter((form) => language === 'ar' || form !== 'many');
        expect(Object.keys(entry), key).toEqual(expect.arrayContaining(needed));
      }
    },
  );
});

function parametersOf(entry: Entry): string[] {
  return [...(typeof entry === 'string' ? entry : entry.other).matchAll(/\{\w+\}/g)].map(([name]) => name).sort();
}
