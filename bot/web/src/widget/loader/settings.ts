/** The settings of a site: `window.firstlineSettings`, then the script tag's data attributes. */

import { chooseLanguage, directionOf } from '../../shared/language.ts';
import type { Settings } from '../contract.ts';

import { brandColour } from './colour.ts';

/** What a site may write; every part is optional. Spellings with a dash are for data attributes only. */
export interface SiteSettings {
  /** Where Firstline is, when it is not where the script came from. */
  server?: string;
  language?: string;
  /** `#rgb` or `#rrggbb`. */
  colour?: string;
  /** Default: right, and left in languages that are written from right to left. */
  position?: 'left' | 'right';
  /** Default: what the customer's system says. */
  theme?: 'light' | 'dark';
  greeting?: string;
  siteName?: string;
  launcherLabel?: string;
  /** In a data attribute: separated by `|`. */
  suggestions?: readonly string[];
  customData?: {
    /** A JWT that the site's server signed for this customer, or what fetches a fresh one; empty: not signed in. */
    token?: string | (() => string | Promise<string>);
  };
}

export interface Surroundings {
  site: SiteSettings | undefined;
  script: { src: string; dataset: Readonly<Record<string, string | undefined>> };
  htmlLanguage: string;
  browserLanguages: readonly string[];
  /** The languages that there are catalogues for. */
  supported: readonly string[];
}

export function readSettings({ site = {}, script, htmlLanguage, browserLanguages, supported }: Surroundings): Settings {
  const { dataset } = script;
  const language = chooseLanguage([site.language ?? dataset.language, htmlLanguage, ...browserLanguages], supported);
  const theme = site.theme ?? dataset.theme;
  const position = site.position ?? dataset.position;
  const token = site.customData?.token;
  return {
    server: folderOf(site.server ?? dataset.server, script.src),
    language,
    side: oneOf(position, ['left', 'right']) ?? (directionOf(language) === 'rtl' ? 'left' : 'right'),
    theme: oneOf(theme, ['light', 'dark']),
    colour: brandColour(site.colour ?? dataset.colour),
    siteName: site.siteName ?? dataset.siteName,
    greeting: site.greeting ?? dataset.greeting,
    launcherLabel: site.launcherLabel ?? dataset.launcherLabel,
    suggestions: site.suggestions ?? dataset.suggestions?.split('|').map((text) => text.trim()) ?? [],
    token: token === undefined ? undefined : async () => (typeof token === 'string' ? token : await token()),
  };
}

/** The server's address with a slash at its end; by default the folder that the script lies in. */
function folderOf(server: string | undefined, script: string): string {
  if (server === undefined) return new URL('.', script).href;
  const url = new URL(server, script);
  return new URL(url.pathname.replace(/\/*$/, '/'), url.origin).href;
}

function oneOf<Value extends string>(value: string | undefined, values: readonly Value[]): Value | undefined {
  return values.find((one) => one === value);
}
