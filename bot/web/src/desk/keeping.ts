/** What the browser keeps for the agent: preferences for good, drafts and read marks for this tab. */

export interface Draft {
  text: string;
  note: boolean;
}

type Shelf = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

/** One agent's drafts and read marks in one tab, so that a reload or a lost session takes nothing typed. */
export class TabMemory {
  readonly #shelf: Shelf;
  readonly #prefix: string;

  constructor(agentId: string, shelf: Shelf = sessionStorage) {
    this.#shelf = shelf;
    this.#prefix = `firstline.desk.${agentId}.`;
  }

  draft(conversationId: string): Draft {
    const kept = read(this.#shelf, `${this.#prefix}draft.${conversationId}`) as Partial<Draft> | undefined;
    return { text: kept?.text ?? '', note: kept?.note ?? false };
  }

  keepDraft(conversationId: string, draft: Draft): void {
    const key = `${this.#prefix}draft.${conversationId}`;
    if (draft.text || draft.note) write(this.#shelf, key, draft);
    else this.#shelf.removeItem(key);
  }

  seen(conversationId: string): number {
    return (read(this.#shelf, `${this.#prefix}seen.${conversationId}`) as number | undefined) ?? 0;
  }

  keepSeen(conversationId: string, sequence: number): void {
    write(this.#shelf, `${this.#prefix}seen.${conversationId}`, sequence);
  }

  get selected(): string | null {
    return (read(this.#shelf, `${this.#prefix}selected`) as string | null | undefined) ?? null;
  }

  set selected(handoffId: string | null) {
    write(this.#shelf, `${this.#prefix}selected`, handoffId);
  }

  /** The handoff whose call this tab's audio is in. */
  get call(): string | null {
    return (read(this.#shelf, `${this.#prefix}call`) as string | null | undefined) ?? null;
  }

  set call(handoffId: string | null) {
    write(this.#shelf, `${this.#prefix}call`, handoffId);
  }

  /** Forgets all of it: the agent signed out, and the next one at this machine must not find it. */
  clear(): void {
    const keys = Array.from({ length: this.#shelf.length }, (_, index) => this.#shelf.key(index));
    for (const key of keys) if (key?.startsWith(this.#prefix)) this.#shelf.removeItem(key);
  }
}

export interface Preferences {
  sound: boolean;
  contextOpen: boolean;
  /** Whether single letters are shortcuts (WCAG 2.1.4). */
  letters: boolean;
}

const PREFERENCES_KEY = 'firstline.desk.preferences';

export function loadPreferences(shelf: Shelf = localStorage): Preferences {
  return { sound: true, contextOpen: true, letters: true, ...(read(shelf, PREFERENCES_KEY) as Partial<Preferences> | undefined) };
}

export function savePreferences(preferences: Preferences, shelf: Shelf = localStorage): void {
  write(shelf, PREFERENCES_KEY, preferences);
}

function read(shelf: Shelf, key: string): unknown {
  try {
    const text = shelf.getItem(key);
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Storage may be full or forbidden; the desk works on without it. */
function write(shelf: Shelf, key: string, value: unknown): void {
  try {
    shelf.setItem(key, JSON.stringify(value));
  } catch {
    return;
  }
}
