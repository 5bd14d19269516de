/** What every component of the desk is: it has the desk, and renders again when the desk's state changes. */

import { LitElement } from 'lit';
import type { CSSResultGroup, ReactiveController, ReactiveControllerHost } from 'lit';
import { property } from 'lit/decorators.js';

import { baseStyles } from '../shared/styles.ts';
import type { Desk } from './desk.ts';
import type { DeskState } from './state.ts';
import { Watch } from './store.ts';
import { controls } from './ui.ts';

export interface Ask {
  what: 'accept' | 'transfer' | 'resolve';
  id: string;
}

export abstract class Part extends LitElement {
  static override styles: CSSResultGroup = [baseStyles, controls];

  @property({ attribute: false }) desk!: Desk;

  constructor() {
    super();
    new Watch(this, () => this.desk.store);
  }

  /** Asks the page to do something about a handoff: what takes a dialog, or moves the focus, is its matter. */
  protected ask(what: Ask['what'], id: string): void {
    this.dispatchEvent(new CustomEvent<Ask>('fl-ask', { detail: { what, id }, bubbles: true, composed: true }));
  }

  get deskState(): DeskState {
    return this.desk.store.state;
  }
}

/** Renders its component again each second, for timers. */
export class EachSecond implements ReactiveController {
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  hostConnected(): void {
    this.#timer = setInterval(() => this.host.requestUpdate(), 1_000);
  }

  hostDisconnected(): void {
    clearInterval(this.#timer);
  }
}
