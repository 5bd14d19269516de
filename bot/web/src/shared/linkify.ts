/** Finds web addresses in text that anyone may have written, without ever making HTML of it. */

export type Segment = { text: string; href?: undefined } | { text: string; href: string };

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`]+/giu;
const CLOSING = new Map([
  [')', '('],
  [']', '['],
  ['}', '{'],
]);

/** Splits text into plain stretches and http(s) links; joined again, the texts are the input. */
export function linkify(text: string): Segment[] {
  const segments: Segment[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = withoutTrailingPunctuation(match[0]);
    const href = hrefOf(address);
    if (href === undefined) continue;
    if (match.index > end) segments.push({ text: text.slice(end, match.index) });
    segments.push({ text: address, href });
    end = match.index + address.length;
  }
  if (end < text.length) segments.push({ text: text.slice(end) });
  return segments;
}

function hrefOf(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  // user:password@ in an address is how a link is made to look like another site's.
  if (!/^https?:$/.test(url.protocol) || url.username || url.password) return undefined;
  return url.href;
}

/** The full stop of a sentence, or a bracket around the address, is not part of it. */
function withoutTrailingPunctuation(address: string): string {
  let end = address.length;
  for (; end > 0; end--) {
    const last = address.charAt(end - 1);
    const opening = CLOSING.get(last);
    const stretch = address.slice(0, end);
    const unbalanced = opening !== undefined && stretch.split(last).length > stretch.split(opening).length;
    if (!unbalanced && !/[.,;:!?…،؛؟«»”’*_~]/u.test(last)) break;
  }
  return address.slice(0, end);
}
