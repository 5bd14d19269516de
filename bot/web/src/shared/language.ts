/** Which of the languages that we have serves a reader best. */

const RIGHT_TO_LEFT = new Set(['ar', 'dv', 'fa', 'he', 'ku', 'ps', 'ug', 'ur', 'yi']);

/** Written Norwegian in all its codes reads Bokmål. */
const SAME = new Map([
  ['no', 'nb'],
  ['nn', 'nb'],
]);

/** The first wanted language that is supported, by its primary subtag; `fallback` when none is. */
export function chooseLanguage(
  wanted: readonly (string | null | undefined)[],
  supported: readonly string[],
  fallback = 'en',
): string {
  for (const tag of wanted) {
    const primary = tag?.toLowerCase().split(/[-_]/)[0];
    if (!primary) continue;
    const language = SAME.get(primary) ?? primary;
    if (supported.includes(language)) return language;
  }
  return fallback;
}

/** The writing direction of a language, for the `dir` attribute. */
export function directionOf(language: string): 'ltr' | 'rtl' {
  return RIGHT_TO_LEFT.has(language.split('-')[0] ?? '') ? 'rtl' : 'ltr';
}

/** The reader's own regional tag of a language, for times and numbers; the language itself where there is none. */
export function regional(language: string, readerLanguages: readonly string[]): string {
  return readerLanguages.find((tag) => tag.toLowerCase().startsWith(`${language}-`)) ?? language;
}
