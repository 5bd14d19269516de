/** A handoff offered to this agent, with the time left to answer. */

import { css, html } from 'lit';
import { customElement, property } from 'lit/decorators.js';

import { clock } from '../shared/format.ts';
import { icon } from './icons.ts';
import { t } from './i18n.ts';
import { customerName } from './names.ts';
import { EachSecond, Part } from './part.ts';
import { handoffChips } from './rows.ts';
import { hasLiveCall } from './state.ts';
import type { HandoffView } from './types.ts';

@customElement('fl-offer-card')
export class OfferCard extends Part {
  static override styles = [
    Part.styles,
    css`
      article {
        display: grid;
        gap: var(--space-2);
        margin-block-end: var(--space-2);
        padding: var(--space-3);
        border: 1px solid var(--accent);
        border-radius: var(--radius-md);
        background: var(--surface);
        box-shadow: var(--shadow-md);
        animation: arrive var(--calm) var(--ease);
      }

      @keyframes arrive {
        from {
          opacity: 0;
          transform: translateY(-6px);
        }
      }

      .top,
      .answers {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: var(--space-2);
      }

      .top button {
        min-inline-size: 0;
        min-block-size: 24px;
        padding: 0;
        border: 0;
        background: none;
        font-weight: 650;
        text-align: start;
      }

      .top button:hover {
        text-decoration: underline;
      }

      .preview {
        display: -webkit-box;
        overflow: hidden;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 3;
        overflow-wrap: anywhere;
      }

      .chips {
        display: flex;
        flex-wrap: wrap;
        gap: 4px;
      }

      .chip svg {
        inline-size: 12px;
        block-size: 12px;
      }

      .left {
        block-size: 3px;
        border-radius: 2px;
      }

      svg.left {
        display: block;
        inline-size: 100%;
      }

      svg.left rect {
        fill: var(--border);
      }

      svg.left rect + rect {
        fill: var(--accent);
      }

      svg.left:dir(rtl) {
        transform: scaleX(-1);
      }

      .hurry svg.left rect + rect {
        fill: var(--danger);
      }

      .hurry .time {
        color: var(--danger);
        font-weight: 600;
      }

      .incoming {
        display: flex;
        align-items: center;
        gap: var(--space-2);
        color: var(--ok);
        font-weight: 600;
      }

      .incoming svg.i {
        animation: ring 1.5s infinite;
      }

      @keyframes ring {
        0%,
        40% {
          transform: rotate(0);
        }

        10%,
        30% {
          transform: rotate(-14deg);
        }

        20% {
          transform: rotate(14deg);
        }
      }

      @media (prefers-reduced-motion: reduce) {
        .incoming svg.i {
          animation: none;
        }
      }

      .error {
        padding: var(--space-2);
        border-radius: var(--radius-sm);
        background: var(--danger-tint);
      }

      .answers .button {
        flex: 1;
        min-block-size: 32px;
      }
    `,
  ];

  @property({ attribute: false }) handoff!: HandoffView;
  #length = 0;

  constructor() {
    super();
    new EachSecond(this);
  }

  override render() {
    const { handoff } = this;
    const left = Math.max(0, (handoff.offer_expires_at ?? 0) - this.desk.serverNow());
    this.#length = Math.max(this.#length, left);
    const share = this.#length > 0 ? (left / this.#length) * 100 : 0;
    const { busy: busyOnes, noMicrophone } = this.deskState;
    const busy = busyOnes.includes(handoff.id);
    const isCall = hasLiveCall(handoff);
    return html`<article class=${left < 10 ? 'hurry' : ''} aria-label=${t(isCall ? 'offer.call' : 'offer.title')}>
      ${isCall ? html`<div class="incoming">${icon('phone')}${t('offer.call')}</div>` : null}
      <div class="top">
        <button class="one-line" @click=${() => this.desk.work.select(handoff.id)}>${customerName(handoff)}</button>
        <span class="time number muted" title=${t('offer.for', { time: clock(left) })}>${clock(left)}</span>
      </div>
      ${isCall && handoff.customer?.name && handoff.call.caller
        ? html`<p class="muted"><bdi dir="ltr">${handoff.call.caller}</bdi></p>`
        : null}
      ${handoff.preview ? html`<p class="preview" dir="auto">${handoff.preview}</p>` : null}
      <div class="chips">${handoffChips(handoff)}</div>
      <svg class="left" aria-hidden="true" preserveAspectRatio="none">
        <rect width="100%" height="3" rx="1.5" />
        <rect width="${share}%" height="3" rx="1.5" />
      </svg>
      ${noMicrophone?.handoff === handoff.id
        ? html`<p class="error" role="alert">${t(`call.error.${noMicrophone.trouble}`)}</p>`
        : null}
      <div class="answers">
        <button class="button" ?disabled=${busy} @click=${() => void this.desk.work.decline(handoff.id)}>
          ${t('offer.decline')} <kbd aria-hidden="true">D</kbd>
        </button>
        <button class="button primary" ?disabled=${busy} @click=${() => this.ask('accept', handoff.id)}>
          ${t(isCall ? 'offer.answer' : 'offer.accept')} <kbd aria-hidden="true">A</kbd>
        </button>
      </div>
    </article>`;
  }
}
