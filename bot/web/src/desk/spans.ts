/** Cutting a text at a span. The server counts code points, JavaScript counts UTF-16 units. */

export interface Pieces {
  before: string;
  marked: string;
  after: string;
}

/**
 * `text` cut at the code points `start` and `end`. Without a span that fits, the whole text is marked:
 * the source is then the utterance as such.
 */
export function cut(text: string, start: number | null, end: number | null): Pieces {
  const points = Array.from(text);
  if (start === null || end === null || start < 0 || end > points.length || start >= end) {
    return { before: '', marked: text, after: '' };
  }
  return {
    before: points.slice(0, start).join(''),
    marked: points.slice(start, end).join(''),
    after: points.slice(end).join(''),
  };
}
