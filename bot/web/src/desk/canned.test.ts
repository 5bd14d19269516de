import { describe, expect, it } from 'vitest';

import { fillIn, findCanned, slashQuery } from './canned.ts';
import type { CannedReply } from './types.ts';

const reply = (shortcut: string, title: string, text: string, language: string | null = 'en'): CannedReply => ({
  shortcut,
  title,
  text,
  language,
});

describe('slashQuery', () => {
  it('opens at the start and after white space', () => {
    expect(slashQuery('/he', 3)).toEqual({ start: 0, query: 'he' });
    expect(slashQuery('Hi /', 4)).toEqual({ start: 3, query: '' });
  });

  it('stays closed within words, addresses and before the slash', () => {
    expect(slashQuery('and/or', 6)).toBeUndefined();
    expect(slashQuery('https://x', 9)).toBeUndefined();
    expect(slashQuery('/he', 0)).toBeUndefined();
    expect(slashQuery('/hello there', 12)).toBeUndefined();
  });
});

describe('findCanned', () => {
  const replies = [
    reply('bye', 'Farewell', 'Have a good day'),
    reply('hello', 'Greeting', 'Hello'),
    reply('bonjour', 'Salutation', 'Bonjour', 'fr'),
    reply('late', 'Say goodbye to waiting', 'It is late'),
  ];
  const shortcuts = (query: string, language: string) =>
    findCanned(replies, query, language).map((each) => each.shortcut);

  it('finds shortcuts before titles and titles before texts', () => {
    expect(shortcuts('bye', 'en')).toEqual(['bye', 'late']);
    expect(shortcuts('day', 'en')).toEqual(['bye']);
  });

  it('puts the language of the conversation first', () => {
    expect(shortcuts('', 'fr-CA')[0]).toBe('bonjour');
    expect(shortcuts('', 'en').at(-1)).toBe('bonjour');
  });
});

describe('fillIn', () => {
  const greeting = 'Hello {customer_name}, this is {agent_name}.';

  it('fills in the names', () => {
    expect(fillIn(greeting, { customer_name: 'Kari', agent_name: 'Ada' })).toBe('Hello Kari, this is Ada.');
  });

  it('leaves no gap for a name that is not known', () => {
    expect(fillIn(greeting, { agent_name: 'Ada' })).toBe('Hello, this is Ada.');
  });
});
