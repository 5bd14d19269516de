/** Waits and shares as the desk reckons them. Times are seconds. */

export function percentText(share: number, language: string): string {
  return new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 }).format(share);
}

/** How far this machine's clock is ahead of the server's, from a view of something that is waiting now. */
export function clockSkew(waiting: { queued_at: number; waited: number }, receivedAt: number): number {
  return receivedAt - (waiting.queued_at + waiting.waited);
}

export type Urgency = 'calm' | 'soon' | 'late';

/** How long a customer may wait for a person's reply before the desk turns amber, then red. */
export function replyUrgency(seconds: number): Urgency {
  if (seconds >= 180) return 'late';
  return seconds >= 60 ? 'soon' : 'calm';
}

/** How long a customer may wait in the queue before the desk turns amber, then red. */
export function queueUrgency(seconds: number): Urgency {
  if (seconds >= 300) return 'late';
  return seconds >= 120 ? 'soon' : 'calm';
}

/** How long ago, as roughly as it matters: `5 min`, `3 hr`, `2 days`. */
export function ageText(seconds: number, language: string): string {
  const minutes = Math.max(0, Math.floor(seconds / 60));
  const [value, unit] =
    minutes < 60 ? [minutes, 'minute'] : minutes < 48 * 60 ? [Math.floor(minutes / 60), 'hour'] : [Math.floor(minutes / 1440), 'day'];
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'short' }).format(value);
}

/** How long a message may wait for its answer before the desk turns amber, then red: an hour, a working day. */
export function ageUrgency(seconds: number): Urgency {
  if (seconds >= 8 * 3600) return 'late';
  return seconds >= 3600 ? 'soon' : 'calm';
}
