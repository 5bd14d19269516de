/** Texts in catalogues: one flat JSON object a language, loaded when it is needed. */

import { regional } from './language.ts';

/** A text, or its plural forms by the categories of `Intl.PluralRules`. */
export type Entry = string | { other: string; zero?: string; one?: string; two?: string; few?: string; many?: string };
export type Catalogue = Readonly<Record<string, Entry>>;

export type Parameters = Record<string, string | number>;

/** `t('queue.position', { count: 3 })`: `{name}` is replaced, `count` chooses the plural form. */
export interface Translator<Key extends string = string> {
  (key: Key, parameters?: Parameters): string;
  readonly language: string;
}

/**
 * Makes the translator of one language. Numbers are written in the language's own digits.
 *
 * @param fallback what answers for a key that `catalogue` lacks; a key that is nowhere is shown as it is.
 */
export function translator<Key extends string>(
  language: string,
  catalogue: Catalogue,
  fallback: Catalogue = catalogue,
): Translator<Key> {
  const plurals = new Intl.PluralRules(language);
  const numbers = new Intl.NumberFormat(language);

  const translate = (key: Key, parameters: Parameters = {}): string => {
    const entry = catalogue[key] ?? fallback[key] ?? key;
    const { count } = parameters;
    const form = typeof count === 'number' ? plurals.select(count) : 'other';
    const text = typeof entry === 'string' ? entry : (entry[form] ?? entry.other);
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = parameters[name];
      if (value === undefined) return whole;
      return typeof value === 'number' ? numbers.format(value) : value;
    });
  };
  return Object.assign(translate, { language });
}

/**
 * Loads a language's catalogue; when it cannot be had, English serves, so that a lost file never leaves
 * a page without words.
 *
 * @param sources loaders by language, as `import.meta.glob('./catalogues/*.json', {import: 'default'})`
 *   gives them after `byLanguage`.
 * @param readerLanguages the reader's own tags: `en-GB` among them writes times as in Britain.
 */
export async function loadTranslator<Key extends string>(
  language: string,
  sources: Readonly<Record<string, () => Promise<Catalogue>>>,
  english: Catalogue,
  readerLanguages: readonly string[] = [],
): Promise<Translator<Key>> {
  const load = sources[language];
  if (language !== 'en' && load) {
    try {
      return translator<Key>(regional(language, readerLanguages), await load(), english);
    } catch {
      // English it is.
    }
  }
  return translator<Key>(regional('en', readerLanguages), english);
}

/** Turns `{'./catalogues/nb.json': loader}` into `{nb: loader}`. */
export function byLanguage<T>(files: Record<string, T>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(files).map(([path, load]) => [path.replace(/^.*\/|\.json$/g, ''), load]),
  );
}
