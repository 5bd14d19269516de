/**
 * What the agent wrote and the server has not acknowledged. Sent in order within a conversation, kept in the
 * tab's storage so that a reload loses nothing, and resent with the same message id so that nothing doubles.
 */

import { ApiError } from './api.ts';
import type { Message } from './types.ts';

export interface Pending {
  message_id: string;
  conversation_id: string;
  text: string;
  created_at: number;
  /** `waiting` tries again by itself; `failed` was refused and waits for the agent. */
  status: 'sending' | 'waiting' | 'failed';
  error: string | null;
}

export interface OutboxPorts {
  send: (pending: Pending) => Promise<Message>;
  delivered: (conversationId: string, message: Message) => void;
  changed: (pending: readonly Pending[]) => void;
  /** The server no longer knows who we are: everything waits for `flush` after the next sign-in. */
  signedOut: () => void;
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  later: (run: () => void, ms: number) => void;
}

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 15_000;

export class Outbox {
  readonly #ports: OutboxPorts;
  readonly #busy = new Set<string>();
  readonly #retryMs = new Map<string, number>();
  #key: string | null = null;
  #pending: readonly Pending[] = [];

  constructor(ports: OutboxPorts) {
    this.#ports = ports;
  }

  /** Takes up what this agent left unsent in this tab, and sends it. */
  open(agentId: string): void {
    this.#key = `firstline.desk.outbox.${agentId}`;
    const kept = parse(this.#ports.storage.getItem(this.#key));
    this.#set(kept.map((pending) => (pending.status === 'failed' ? pending : { ...pending, status: 'waiting' })));
    this.flush();
  }

  /** Forgets everything: the agent signed out. */
  clear(): void {
    this.#set([]);
    this.#key = null;
  }

  add(pending: Omit<Pending, 'status' | 'error'>): void {
    this.#set([...this.#pending, { ...pending, status: 'sending', error: null }]);
    void this.#sendNext(pending.conversation_id);
  }

  retry(messageId: string): void {
    this.#patch(messageId, { status: 'waiting', error: null });
    this.flush();
  }

  discard(messageId: string): void {
    this.#set(this.#pending.filter((pending) => pending.message_id !== messageId));
  }

  /** The message is known to have arrived, by another way than the answer to its request. */
  confirm(messageId: string | null): void {
    if (messageId !== null && this.#pending.some((pending) => pending.message_id === messageId)) {
      this.discard(messageId);
    }
  }

  /** Tries everything that waits, now. */
  flush(): void {
    this.#retryMs.clear();
    for (const id of new Set(this.#pending.map((pending) => pending.conversation_id))) void this.#sendNext(id);
  }

  async #sendNext(conversationId: string): Promise<void> {
    if (this.#busy.has(conversationId)) return;
    const next = this.#pending.find(
      (pending) => pending.conversation_id === conversationId && pending.status !== 'failed',
    );
    if (!next) return;
    this.#busy.add(conversationId);
    this.#patch(next.message_id, { status: 'sending' });
    let goOn = true;
    try {
      const message = await this.#ports.send(next);
      this.#retryMs.delete(conversationId);
      this.discard(next.message_id);
      this.#ports.delivered(conversationId, message);
    } catch (error) {
      goOn = this.#refused(next, error);
    } finally {
      this.#busy.delete(conversationId);
    }
    if (goOn) await this.#sendNext(conversationId);
  }

  /** Whether the messages after this one should be tried now. */
  #refused(pending: Pending, error: unknown): boolean {
    const told = error instanceof Error ? error.message : String(error);
    if (error instanceof ApiError && error.status === 401) {
      this.#patch(pending.message_id, { status: 'waiting', error: told });
      this.#ports.signedOut();
      return false;
    }
    if (error instanceof ApiError && !error.mayPass) {
      this.#patch(pending.message_id, { status: 'failed', error: told });
      return true;
    }
    this.#patch(pending.message_id, { status: 'waiting', error: told });
    const wait = this.#retryMs.get(pending.conversation_id) ?? FIRST_RETRY_MS;
    this.#retryMs.set(pending.conversation_id, Math.min(wait * 2, LAST_RETRY_MS));
    this.#ports.later(() => void this.#sendNext(pending.conversation_id), wait);
    return false;
  }

  #patch(messageId: string, patch: Partial<Pending>): void {
    this.#set(
      this.#pending.map((pending) => (pending.message_id === messageId ? { ...pending, ...patch } : pending)),
    );
  }

  #set(pending: readonly Pending[]): void {
    this.#pending = pending;
    if (this.#key !== null) {
      if (pending.length > 0) this.#ports.storage.setItem(this.#key, JSON.stringify(pending));
      else this.#ports.storage.removeItem(this.#key);
    }
    this.#ports.changed(pending);
  }
}

function parse(stored: string | null): Pending[] {
  try {
    const value: unknown = JSON.parse(stored ?? '[]');
    return Array.isArray(value) ? (value as Pending[]) : [];
  } catch {
    return [];
  }
}
