/** The keys of a telephone. */

export const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'] as const;

/** The letters under the digits, as on any telephone (ITU-T E.161). */
export const LETTERS: Readonly<Record<string, string>> = {
  2: 'ABC',
  3: 'DEF',
  4: 'GHI',
  5: 'JKL',
  6: 'MNO',
  7: 'PQRS',
  8: 'TUV',
  9: 'WXYZ',
};

export type KeyPress = Pick<KeyboardEvent, 'key' | 'altKey' | 'ctrlKey' | 'metaKey'>;

/** The telephone's key for one of a keyboard's, whichever digits the layout writes; undefined for any other. */
export function phoneKey({ key, altKey, ctrlKey, metaKey }: KeyPress): string | undefined {
  if (altKey || ctrlKey || metaKey) return undefined;
  if (/^[0-9*#]$/.test(key)) return key;
  const arabic = /^[\u0660-\u0669\u06f0-\u06f9]$/.test(key);
  return arabic ? String((key.codePointAt(0) ?? 0) & 0xf) : undefined;
}
