/** Canned replies: finding one by what follows the slash, and filling in names. */

import type { CannedReply } from './types.ts';

export interface SlashQuery {
  /** Where the slash stands in the text. */
  start: number;
  query: string;
}

/** The `/query` that the caret stands in: a slash at the start of the text or after white space. */
export function slashQuery(text: string, caret: number): SlashQuery | undefined {
  const match = /(?:^|\s)\/([^\s/]*)$/u.exec(text.slice(0, caret));
  if (!match) return undefined;
  const query = match[1] ?? '';
  return { start: caret - query.length - 1, query };
}

/** The replies that match, the best first: those of the conversation's language before the others. */
export function findCanned(
  replies: readonly CannedReply[],
  query: string,
  language: string | null,
): CannedReply[] {
  const wanted = query.toLocaleLowerCase();
  const ranked: { reply: CannedReply; rank: number; foreign: number }[] = [];
  for (const reply of replies) {
    const rank = rankOf(reply, wanted);
    if (rank === undefined) continue;
    const foreign = reply.language && language && base(reply.language) !== base(language) ? 1 : 0;
    ranked.push({ reply, rank, foreign });
  }
  ranked.sort(
    (a, b) => a.foreign - b.foreign || a.rank - b.rank || a.reply.shortcut.localeCompare(b.reply.shortcut),
  );
  return ranked.map((entry) => entry.reply);
}

function rankOf(reply: CannedReply, wanted: string): number | undefined {
  if (!wanted) return 0;
  const shortcut = reply.shortcut.replace(/^\//, '').toLocaleLowerCase();
  if (shortcut.startsWith(wanted)) return 0;
  if (shortcut.includes(wanted)) return 1;
  if (reply.title.toLocaleLowerCase().includes(wanted)) return 2;
  if (reply.text.toLocaleLowerCase().includes(wanted)) return 3;
  return undefined;
}

function base(language: string): string {
  return language.toLowerCase().split('-')[0] ?? '';
}

/** `{customer_name}` and `{agent_name}` filled in. An unknown name goes, and the space or comma before it too. */
export function fillIn(text: string, names: { customer_name?: string | null; agent_name?: string | null }): string {
  return text.replace(/(,? ?)\{(customer_name|agent_name)\}/g, (_whole, lead: string, name: string) => {
    const value = names[name as 'customer_name' | 'agent_name'];
    return value ? lead + value : '';
  });
}
