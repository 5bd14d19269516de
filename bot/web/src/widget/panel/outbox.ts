/** Messages that the server has not yet acknowledged. They survive a reload, and go out in order. */

import type { KeptValues } from './storage.ts';

export interface Unsent {
  message_id: string;
  /** What is sent: what was typed, or a button's payload. */
  message: string;
  /** The label of the button that was pressed. */
  title?: string;
  /** Seconds since 1970. */
  written_at: number;
  /** True once the server refused it, or several tries brought no answer. */
  failed: boolean;
}

const PREFIX = 'outbox:';

/** One entry of storage for each message, so that two tabs never overwrite each other's. */
export class Outbox {
  private readonly unsent = new Map<string, Unsent>();

  constructor(private readonly kept: KeptValues) {
    for (const name of kept.names(PREFIX)) {
      const message = readUnsent(kept.get(name));
      if (message) this.unsent.set(message.message_id, message);
      else kept.remove(name);
    }
  }

  /** In the order in which they were written. */
  get all(): Unsent[] {
    return [...this.unsent.values()].sort((a, b) => a.written_at - b.written_at);
  }

  /** The message to send now. */
  get next(): Unsent | undefined {
    return this.all.find((message) => !message.failed);
  }

  add(message: Unsent): void {
    this.unsent.set(message.message_id, message);
    this.kept.set(PREFIX + message.message_id, JSON.stringify(message));
  }

  /** Marks a message as failed, or, for another try, as not failed. */
  setFailed(messageId: string, failed: boolean): void {
    const message = this.unsent.get(messageId);
    if (message) this.add({ ...message, failed });
  }

  remove(messageId: string): void {
    this.unsent.delete(messageId);
    this.kept.remove(PREFIX + messageId);
  }

  clear(): void {
    for (const { message_id } of this.all) this.remove(message_id);
  }
}

function readUnsent(stored: string | null): Unsent | undefined {
  try {
    const value = JSON.parse(stored ?? '') as Partial<Unsent>;
    const { message_id, message, title, written_at, failed } = value;
    if (typeof message_id !== 'string' || typeof message !== 'string' || typeof written_at !== 'number') return undefined;
    return {
      message_id,
      message,
      written_at,
      failed: failed === true,
      ...(typeof title === 'string' ? { title } : {}),
    };
  } catch {
    return undefined;
  }
}
