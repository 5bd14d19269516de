import { describe, expect, it } from 'vitest';

import type { Catalogue, Entry } from '../shared/i18n.ts';
import en from './catalogues/en.json';

const catalogues = import.meta.glob<Catalogue>('./catalogues/*.json', { eager: true, import: 'default' });

function placeholders(entry: Entry | undefined): string[] {
  const text = typeof entry === 'string' ? entry : (entry?.other ?? '');
  return (text.match(/\{\w+\}/g) ?? []).sort();
}

/** Proper names, and signs. */
const NAMES = ['transport.audiosocket', 'transport.asterisk', 'row.comma'];
/** Words that are the same in both languages. */
const SAME: Readonly<Record<string, readonly string[]>> = {
  fr: [
    'role.agent',
    'row.urgent',
    'chat.label',
    'log.label',
    'log.bot',
    'log.agent',
    'log.image',
    'composer.note',
    'context.email',
    'context.tickets',
    'lists.chats',
    'inbox.message',
    'inbox.ticket',
    'ticket.message',
    'transfer.contacts',
    'people.actions',
  ],
  nb: ['role.admin', 'log.bot', 'composer.send', 'help.send', 'people.status'],
};

describe.each(Object.entries(catalogues))('%s', (path, catalogue) => {
  it('has every text, and no other', () => {
    expect(Object.keys(catalogue).sort()).toEqual(Object.keys(en).sort());
  });

  it('keeps every placeholder', () => {
    const wrong = Object.entries(en as Catalogue).filter(
      ([key, entry]) => placeholders(entry).join() !== placeholders(catalogue[key]).join(),
    );
    expect(wrong.map(([key]) => key)).toEqual([]);
  });

  it('leaves nothing untranslated', () => {
    const language = path.replace(/^.*\/(\w+)\.json$/, '$1');
    if (language === 'en') return;
    const same = Object.entries(en as Catalogue).filter(
      ([key, entry]) => JSON.stringify(entry) === JSON.stringify(catalogue[key]),
    );
    expect(same.map(([key]) => key).filter((key) => !(SAME[language] ?? []).includes(key) && !NAMES.includes(key))).toEqual([]);
  });

  it('is written in its own script', () => {
    if (!path.endsWith('fa.json')) return;
    const latin = Object.entries(catalogue).filter(([, entry]) =>
      /[A-Za-z]{2,}/.test(JSON.stringify(entry).replace(/\{\w+\}|"(one|other)":|\b(\w+@)?[\w.-]+\.com\b|sip:|\bSIP\b|Firstline|agent1|supervisor1|firstline-demo|Twilio|Asterisk|AudioSocket|Enter|Shift|Ctrl|Alt|Esc|Caps Lock|\ben\b|\bnb\b/g, '')),
    );
    expect(latin).toEqual([]);
  });
});
