/** The desk's state in one place, replaced and never changed, and who wants to know when it is. */

import type { ReactiveController, ReactiveControllerHost } from 'lit';

export class Store<T extends object> {
  readonly #listeners = new Set<(state: T, before: T) => void>();
  #state: T;

  constructor(initial: T) {
    this.#state = initial;
  }

  get state(): T {
    return this.#state;
  }

  set(patch: Partial<T>): void {
    const before = this.#state;
    this.#state = { ...before, ...patch };
    for (const listener of [...this.#listeners]) listener(this.#state, before);
  }

  /** Calls `listener` after each change; the function returned ends that. */
  subscribe(listener: (state: T, before: T) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** Renders its component again when the store changes. */
export class Watch<T extends object> implements ReactiveController {
  #end: (() => void) | undefined;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly store: () => Store<T>,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    this.#end = this.store().subscribe(() => this.host.requestUpdate());
  }

  hostDisconnected(): void {
    this.#end?.();
  }
}
