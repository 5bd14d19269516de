/** Whom a call can be passed on to outside: a telephone number or a SIP address. */

const SIP = /^sips?:[^\s@<>"]+@[^\s@<>"]+$/i;
/** Fifteen digits at most (ITU-T E.164). */
const NUMBER = /^\+?\d{3,15}$/;

/** The target as the server takes it, or undefined when it is neither. */
export function outsideTarget(text: string): string | undefined {
  const trimmed = text.trim();
  if (SIP.test(trimmed)) return trimmed;
  const number = trimmed
    // What people write between digits.
    .replace(/[\s().\-/]/g, '')
    // Persian and Arabic keyboards write digits of their own.
    .replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String((digit.codePointAt(0) ?? 0) & 0xf));
  return NUMBER.test(number) ? number : undefined;
}
