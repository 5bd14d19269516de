/** The keyboard: which key asks for what. Pure, so that the help overlay and the handler cannot disagree. */

export type Command =
  | 'next'
  | 'previous'
  | 'accept'
  | 'decline'
  | 'reply'
  | 'note'
  | 'transfer'
  | 'resolve'
  | 'canned'
  | 'mute'
  | 'hold'
  | 'context'
  | 'inbox'
  | 'help';

export interface Shortcut {
  command: Command;
  /** Shown in the help overlay, one list for each way to ask. */
  keys: string[][];
}

export const SHORTCUTS: readonly Shortcut[] = [
  { command: 'next', keys: [['J'], ['Alt', '↓']] },
  { command: 'previous', keys: [['K'], ['Alt', '↑']] },
  { command: 'accept', keys: [['A'], ['Alt', 'A']] },
  { command: 'decline', keys: [['D'], ['Alt', 'D']] },
  { command: 'reply', keys: [['R'], ['Alt', 'R']] },
  { command: 'note', keys: [['N'], ['Alt', 'N']] },
  { command: 'transfer', keys: [['T'], ['Alt', 'T']] },
  { command: 'resolve', keys: [['E'], ['Alt', 'E']] },
  { command: 'canned', keys: [['/']] },
  { command: 'mute', keys: [['M'], ['Alt', 'M']] },
  { command: 'hold', keys: [['H'], ['Alt', 'H']] },
  { command: 'context', keys: [['C'], ['Alt', 'C']] },
  { command: 'inbox', keys: [['I'], ['Alt', 'I']] },
  { command: 'help', keys: [['?'], ['Alt', '?']] },
];

const PLAIN: Readonly<Record<string, Command>> = {
  j: 'next',
  k: 'previous',
  a: 'accept',
  d: 'decline',
  r: 'reply',
  n: 'note',
  t: 'transfer',
  e: 'resolve',
  c: 'context',
  i: 'inbox',
  m: 'mute',
  h: 'hold',
  '/': 'canned',
  '?': 'help',
};

/** With Alt held, also while typing. */
const CHORDS: Readonly<Record<string, Command>> = {
  arrowdown: 'next',
  arrowup: 'previous',
  a: 'accept',
  d: 'decline',
  n: 'note',
  r: 'reply',
  t: 'transfer',
  e: 'resolve',
  c: 'context',
  i: 'inbox',
  m: 'mute',
  h: 'hold',
  '?': 'help',
};

export interface Press {
  key: string;
  code: string;
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  isComposing: boolean;
}

/** What a key press asks for. While `typing`, and where `letters` are switched off, only chords count. */
export function commandFor(press: Press, typing: boolean, letters = true): Command | undefined {
  if (press.isComposing || press.ctrlKey || press.metaKey) return undefined;
  const key = press.key.toLowerCase();
  // On some keyboards Alt types a character: that is text, and no chord.
  if (press.altKey) return CHORDS[key];
  if (typing || !letters) return undefined;
  const isLatin = /^[\x20-\x7e]+$/.test(key);
  return PLAIN[isLatin ? key : press.code.replace(/^Key/, '').toLowerCase()];
}

/** Whether the element takes text, so that plain letters belong to it. */
export function takesText(element: Element | null): boolean {
  if (!element) return false;
  if (element instanceof HTMLElement && element.isContentEditable) return true;
  if (element instanceof HTMLInputElement) return !['checkbox', 'radio', 'button', 'submit'].includes(element.type);
  return element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement;
}
