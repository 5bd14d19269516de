/** The desk's words, in the agent's language. */

import { byLanguage, loadTranslator, translator } from '../shared/i18n.ts';
import type { Catalogue, Parameters, Translator } from '../shared/i18n.ts';
import { chooseLanguage, directionOf } from '../shared/language.ts';
import en from './catalogues/en.json';

export type Key = keyof typeof en;

const files = import.meta.glob<Catalogue>('./catalogues/*.json', { import: 'default' });
const sources = byLanguage(files);

/** Every language that the desk speaks. */
export const languages: readonly string[] = ['en', ...Object.keys(sources).filter((code) => code !== 'en')].sort();

const CHOICE_KEY = 'firstline.desk.language';

let current: Translator<Key> = translator<Key>('en', en);

export function t(key: Key, parameters?: Parameters): string {
  return current(key, parameters);
}

/** The language in use. */
export function language(): string {
  return current.language;
}

/** The same for `Intl`, with the region that the browser names: clocks differ between regions. */
export function locale(): string {
  return navigator.languages.find((tag) => tag.split('-')[0] === current.language) ?? current.language;
}

/** A number in the language's own digits. */
export function numberText(value: number): string {
  return new Intl.NumberFormat(locale()).format(value);
}

export function hasKey(key: string): key is Key {
  return Object.hasOwn(en, key);
}

/** The agent's own choice, else what the browser prefers. */
export function preferredLanguage(): string {
  return chooseLanguage([localStorage.getItem(CHOICE_KEY), ...navigator.languages], languages);
}

/** Loads a language and sets the page's `lang` and `dir`. The caller renders again. */
export async function useLanguage(code: string): Promise<void> {
  current = await loadTranslator<Key>(code, sources, en);
  document.documentElement.lang = current.language;
  document.documentElement.dir = directionOf(current.language);
}

export function chooseToSpeak(code: string): Promise<void> {
  localStorage.setItem(CHOICE_KEY, code);
  return useLanguage(code);
}

/** A language's own name: `norsk bokmål`. */
export function languageName(code: string, inLanguage = code): string {
  const name = new Intl.DisplayNames([inLanguage], { type: 'language', fallback: 'code' }).of(code) ?? code;
  return name.charAt(0).toLocaleUpperCase(inLanguage) + name.slice(1);
}
