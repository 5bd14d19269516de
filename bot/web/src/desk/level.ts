/** How loud the agent's microphone is, so that they see that they are heard. */

import { css, html, LitElement } from 'lit';
import type { PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';

import { LevelMeter } from '../shared/phone/level.ts';
import { baseStyles } from '../shared/styles.ts';

const BARS = [0.15, 0.35, 0.55, 0.75, 0.92];

@customElement('fl-level')
export class Level extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host {
        display: inline-flex;
        align-items: end;
        gap: 2px;
        block-size: 14px;
      }

      i {
        inline-size: 3px;
        border-radius: 1px;
        background: var(--border-strong);
        opacity: 0.45;
      }

      i:nth-child(1) {
        block-size: 30%;
      }

      i:nth-child(2) {
        block-size: 47%;
      }

      i:nth-child(3) {
        block-size: 65%;
      }

      i:nth-child(4) {
        block-size: 82%;
      }

      i:nth-child(5) {
        block-size: 100%;
      }

      i.on {
        background: var(--ok);
        opacity: 1;
      }

      @media (forced-colors: active) {
        i.on {
          background: CanvasText;
        }
      }
    `,
  ];

  @property({ attribute: false }) stream!: MediaStream;
  /** How many bars are lit: rendered anew only when that changes. */
  @state() private lit = 0;
  #meter: LevelMeter | null = null;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.#start();
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('stream')) this.#start();
  }

  override render() {
    return html`${BARS.map((_, index) => html`<i class=${index < this.lit ? 'on' : ''}></i>`)}`;
  }

  #start(): void {
    this.#stop();
    this.#meter = new LevelMeter(this.stream, (level) => {
      this.lit = BARS.filter((threshold) => level >= threshold).length;
    });
  }

  #stop(): void {
    this.#meter?.close();
    this.#meter = null;
  }
}
