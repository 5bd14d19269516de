import { describe, expect, it } from 'vitest';

import en from './catalogues/en.json';
import { commandFor, SHORTCUTS, type Press } from './shortcuts.ts';

const press = (key: string, fields: Partial<Press> = {}): Press => ({
  key,
  code: `Key${key.toUpperCase()}`,
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  isComposing: false,
  ...fields,
});

describe('commandFor', () => {
  it('takes plain letters only while nobody types', () => {
    expect(commandFor(press('j'), false)).toBe('next');
    expect(commandFor(press('j'), true)).toBeUndefined();
    expect(commandFor(press('?', { code: 'Slash' }), false)).toBe('help');
  });

  it('takes chords at any time', () => {
    expect(commandFor(press('ArrowDown', { code: 'ArrowDown', altKey: true }), true)).toBe('next');
    expect(commandFor(press('a', { altKey: true }), true)).toBe('accept');
  });

  it('leaves alone what types a character with Alt, and the browser its own chords', () => {
    expect(commandFor(press('å', { code: 'KeyA', altKey: true }), true)).toBeUndefined();
    expect(commandFor(press('t', { ctrlKey: true }), false)).toBeUndefined();
    expect(commandFor(press('j', { isComposing: true }), false)).toBeUndefined();
  });

  it('goes by the place of the key where the layout has no Latin letters', () => {
    expect(commandFor(press('ت', { code: 'KeyJ' }), false)).toBe('next');
  });

  it('has words in the help for every command', () => {
    expect(SHORTCUTS.filter(({ command }) => !(`help.${command}` in en))).toEqual([]);
  });

  it('leaves single letters alone where they are switched off, and keeps the chords', () => {
    const press = { key: 'a', code: 'KeyA', altKey: false, ctrlKey: false, metaKey: false, isComposing: false };
    expect(commandFor(press, false, false)).toBeUndefined();
    expect(commandFor({ ...press, key: '?' }, false, false)).toBeUndefined();
    expect(commandFor({ ...press, altKey: true }, false, false)).toBe('accept');
  });
});
