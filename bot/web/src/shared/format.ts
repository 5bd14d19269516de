/** Times, days and durations as people read them. Timestamps are in seconds, as the server sends them. */

/** `14:05`, by the customs of the language. */
export function timeOfDay(timestamp: number, language: string): string {
  return new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' }).format(timestamp * 1000);
}

/** Date and time in full, for a title or a screen reader. */
export function fullTime(timestamp: number, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short' }).format(timestamp * 1000);
}

/** A key that is equal for two timestamps of the same local day. */
export function dayKey(timestamp: number): string {
  const date = new Date(timestamp * 1000);
  return `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;
}

/** `today`, `yesterday`, or `Monday 3 March`; with the year when it is not this one. `now` in seconds. */
export function dayName(timestamp: number, now: number, language: string): string {
  const days = wholeDaysBetween(timestamp, now);
  if (days === 0 || days === 1) {
    const word = new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(-days, 'day');
    return word.charAt(0).toLocaleUpperCase(language) + word.slice(1);
  }
  const date = new Date(timestamp * 1000);
  const sameYear = date.getFullYear() === new Date(now * 1000).getFullYear();
  return new Intl.DateTimeFormat(language, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    ...(sameYear ? {} : { year: 'numeric' }),
  }).format(date);
}

/** `3:07` or `1:02:45`, for timers. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [Math.floor(whole / 60) % 60, whole % 60].map((part) => String(part).padStart(2, '0'));
  const hours = Math.floor(whole / 3600);
  return hours > 0 ? `${hours}:${parts.join(':')}` : `${Math.floor(whole / 60)}:${parts[1] ?? '00'}`;
}

/** Initials of a name, two at most, for a round picture. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/u);
  const chosen = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return chosen.map((word) => String.fromCodePoint(word?.codePointAt(0) ?? 0x20).trim().toLocaleUpperCase()).join('');
}

function wholeDaysBetween(from: number, to: number): number {
  const midnight = (seconds: number) => new Date(seconds * 1000).setHours(0, 0, 0, 0);
  return Math.round((midnight(to) - midnight(from)) / 86_400_000);
}
