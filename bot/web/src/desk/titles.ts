/** What intents, slots, forms and actions are called: by the project's titles, else by their own words. */

import { language } from './i18n.ts';
import type { Titles } from './types.ts';

export type Section = 'intents' | 'slots' | 'forms' | 'actions' | 'records' | 'reasons';

/** The title of a name in the agent's language, else in English; undefined where the project gives none. */
export function titleOf(titles: Titles, section: Section, name: string): string | undefined {
  const known = titles[section]?.[name];
  return known?.[language()] ?? known?.['*'] ?? known?.en;
}

/** The same for what needs some name: `action_check_order` becomes `Check order`. */
export function titled(titles: Titles, section: Section, name: string): string {
  return titleOf(titles, section, name) ?? titleOf(titles, 'forms', name) ?? humanise(name);
}

/** A name out of the bot's domain as words. */
export function humanise(name: string): string {
  const words = name
    .replace(/^(action|utter|validate)_/, '')
    .replace(/_form$/, '')
    .replace(/[_/]+/g, ' ')
    .trim();
  return words.charAt(0).toLocaleUpperCase() + words.slice(1);
}
