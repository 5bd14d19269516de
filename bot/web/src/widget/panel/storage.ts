/** What is kept in the customer's browser: in localStorage, or in memory where a site or browser forbids that. */

import { storageKey } from '../contract.ts';

export class KeptValues {
  constructor(
    private readonly server: string,
    private readonly storage: Storage | undefined,
    private readonly memory = new Map<string, string>(),
  ) {}

  static inBrowser(server: string): KeptValues {
    try {
      const probe = storageKey(server, 'probe');
      localStorage.setItem(probe, '1');
      localStorage.removeItem(probe);
      return new KeptValues(server, localStorage);
    } catch {
      return new KeptValues(server, undefined);
    }
  }

  get(name: string): string | null {
    const key = this.key(name);
    return this.memory.get(key) ?? this.storage?.getItem(key) ?? null;
  }

  set(name: string, value: string): void {
    const key = this.key(name);
    this.memory.delete(key);
    try {
      if (!this.storage) throw new Error('There is no storage.');
      this.storage.setItem(key, value);
    } catch {
      // Full or forbidden: kept for as long as the page lives.
      this.memory.set(key, value);
    }
  }

  remove(name: string): void {
    const key = this.key(name);
    this.memory.delete(key);
    this.storage?.removeItem(key);
  }

  /** The names that start with `prefix`, in no order. */
  names(prefix: string): string[] {
    const start = this.key(prefix);
    const keys = new Set(this.memory.keys());
    for (let index = 0; index < (this.storage?.length ?? 0); index++) {
      const key = this.storage?.key(index);
      if (key) keys.add(key);
    }
    return [...keys].filter((key) => key.startsWith(start)).map((key) => key.slice(this.key('').length));
  }

  /** The name that a `storage` event is about, when it is one of ours. */
  nameOf(event: StorageEvent): string | undefined {
    return event.key?.startsWith(this.key('')) ? event.key.slice(this.key('').length) : undefined;
  }

  private key(name: string): string {
    return storageKey(this.server, name);
  }
}
