/** The middle: the open conversation with what can be done about it. */

import { css, html } from 'lit';
import type { PropertyValues } from 'lit';
import { customElement, query } from 'lit/decorators.js';
import { keyed } from 'lit/directives/keyed.js';

import { clock } from '../shared/format.ts';
import './call-strip.ts';
import './composer.ts';
import type { Composer } from './composer.ts';
import { icon } from './icons.ts';
import { t } from './i18n.ts';
import { stars } from './line.ts';
import { customerName } from './names.ts';
import { Part } from './part.ts';
import { isOpen } from './queue.ts';
import { handoffChips } from './rows.ts';
import { hasLiveCall, isMine, isSupervisor, selectedHandoff, threadOf } from './state.ts';
import './transcript.ts';
import type { CallView, HandoffView } from './types.ts';

@customElement('fl-chat')
export class Chat extends Part {
  static override styles = [
    Part.styles,
    css`
      :host {
        display: grid;
        grid-template: auto minmax(0, 1fr) auto / minmax(0, 1fr);
        min-inline-size: 0;
        min-block-size: 0;
        background: var(--page);
      }

      .heading {
        display: flex;
        align-items: center;
        gap: var(--space-2);
        min-block-size: 52px;
        padding: var(--space-2) var(--space-3) var(--space-2) var(--space-4);
        border-block-end: 1px solid var(--border);
        background: var(--surface);
      }

      .who {
        display: flex;
        flex: 1;
        flex-wrap: wrap;
        align-items: center;
        gap: 2px var(--space-2);
        min-inline-size: 0;
      }

      h1 {
        min-inline-size: 0;
        overflow: hidden;
        font-size: var(--text-md);
        font-weight: 650;
        text-overflow: ellipsis;
        white-space: nowrap;
      }

      /* What does not fit beside the name goes below it, and is cut before it meets the buttons. */
      .who .who {
        flex: 1 1 200px;
        max-block-size: 40px;
        overflow: hidden;
      }

      .chip svg {
        inline-size: 12px;
        block-size: 12px;
      }

      .state {
        display: grid;
        grid-row: 2 / -1;
        place-content: center;
        justify-items: center;
        gap: var(--space-2);
        padding: var(--space-5);
        text-align: center;
      }

      .state svg.i {
        inline-size: 36px;
        block-size: 36px;
        margin-block-end: var(--space-2);
        color: var(--text-muted);
        stroke-width: 1;
      }

      .state strong,
      .state h1 {
        font-size: var(--text-md);
      }

      .state p {
        max-inline-size: 44ch;
        color: var(--text-muted);
        overflow-wrap: anywhere;
      }

      .banner {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: var(--space-3);
        max-inline-size: 760px;
        margin: 0 auto var(--space-2);
        padding: var(--space-2) var(--space-3);
        border-radius: var(--radius-sm);
        background: var(--surface-sunken);
        color: var(--text-muted);
      }

      .left {
        background: var(--warning-tint);
        color: var(--warning);
      }

      .left span {
        display: flex;
        gap: 6px;
        align-items: center;
      }

      .stars {
        color: var(--warning);
      }

      .wrap-up {
        inline-size: calc(100% - 2 * var(--space-5));
        margin-block-end: var(--space-4);
        padding: var(--space-3) var(--space-4);
        border: 1px solid var(--border);
        background: var(--surface);
        color: var(--text);
      }

      .wrap-up > span {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-2);
      }

      .none {
        grid-row: 1 / -1;
      }

      @media (max-width: 640px) {
        kbd,
        .wide {
          display: none;
        }
      }
    `,
  ];

  @query('fl-composer') private readonly composer!: Composer | null;
  #onceShown: ((composer: Composer) => void) | null = null;

  /** Does something with the composer, as soon as it is there: a conversation just taken is still loading. */
  withComposer(run: (composer: Composer) => void): void {
    this.#onceShown = run;
    this.requestUpdate();
  }

  override updated(changed: PropertyValues): void {
    super.updated(changed);
    const { composer } = this;
    const run = this.#onceShown;
    if (!run || !composer) return;
    this.#onceShown = null;
    void composer.updateComplete.then(() => run(composer));
  }

  override render() {
    const state = this.deskState;
    const handoff = selectedHandoff(state);
    if (!handoff) {
      return html`<div class="state none">
        ${icon('chat')}
        <h1>${t('chat.none')}</h1>
        <p>${t('chat.none_hint')}</p>
      </div>`;
    }
    return html`<div>
        ${this.heading(handoff)}
        ${isMine(state, handoff) && hasLiveCall(handoff)
          ? html`<fl-call-strip .desk=${this.desk} .handoff=${handoff} .call=${handoff.call}></fl-call-strip>`
          : null}
      </div>
      ${this.body(handoff)}`;
  }

  private heading(handoff: HandoffView) {
    const state = this.deskState;
    const mine = isMine(state, handoff);
    const { customer } = handoff;
    return html`<div class="heading">
      <div class="who">
        <h1 title=${customerName(handoff)}>${customerName(handoff)}</h1>
        ${customer
          ? html`<span class="chip ${customer.verified ? 'ok' : 'warning'}">
              ${icon(customer.verified ? 'shield' : 'doubt')}
              ${t(customer.verified ? 'chat.verified' : 'chat.unverified')}
            </span>`
          : null}
        <span class="who wide">${handoffChips(handoff)}</span>
      </div>
      ${mine || (isOpen(handoff) && isSupervisor(state))
        ? html`<button class="button" title="${t('chat.transfer')} (T)" @click=${() => this.ask('transfer', handoff.id)}>
              ${icon('transfer')}<span class="wide">${t('chat.transfer')}</span> <kbd aria-hidden="true">T</kbd>
            </button>
            <button class="button primary" title="${t('chat.resolve')} (E)" @click=${() => this.ask('resolve', handoff.id)}>
              ${icon('check')}${t('chat.resolve')} <kbd aria-hidden="true">E</kbd>
            </button>`
        : null}
      <button
        class="button quiet icon wide"
        aria-label=${t('chat.context')}
        aria-pressed=${state.contextOpen ? 'true' : 'false'}
        title="${t('chat.context')} (C)"
        @click=${() => this.desk.setPreferences({ contextOpen: !state.contextOpen })}
      >
        ${icon('panel')}
      </button>
    </div>`;
  }

  private body(handoff: HandoffView) {
    const state = this.deskState;
    const thread = threadOf(state, handoff);
    if (!this.desk.work.mayRead(handoff)) return this.waiting(handoff);
    if (!thread?.messages.length) {
      if (!thread?.error) return html`<div class="state"><p role="status">${t('chat.loading')}</p></div>`;
      return html`<div class="state">
        <p role="alert">${t('chat.failed', { error: thread.error })}</p>
        <button class="button" @click=${() => void this.desk.feed.loadThread(handoff)}>${t('chat.retry')}</button>
      </div>`;
    }
    return html`${keyed(
        handoff.id,
        html`<fl-transcript .desk=${this.desk} .handoff=${handoff}></fl-transcript>`,
      )}
      <div>
        ${this.banner(handoff)}
        ${isMine(state, handoff) && handoff.call?.live === false
          ? this.wrapUp(handoff, handoff.call)
          : isMine(state, handoff) || (isOpen(handoff) && isSupervisor(state))
          ? html`<fl-composer .desk=${this.desk} .handoff=${handoff}></fl-composer>`
          : null}
      </div>`;
  }

  /** The call is over: there is nobody left to write to. */
  private wrapUp(handoff: HandoffView, { started_at, ended_at }: CallView) {
    const length = clock((ended_at ?? this.desk.serverNow()) - started_at);
    return html`<div class="banner wrap-up">
      <span role="status">${icon('hangUp')}<strong>${t('call.ended')}</strong> <span class="number">${length}</span></span>
      <button class="button primary" @click=${() => this.ask('resolve', handoff.id)}>
        ${icon('check')}${t('call.wrap_up')} <kbd aria-hidden="true">E</kbd>
      </button>
    </div>`;
  }

  /** Somebody in the queue, whose conversation is read only once it is taken. */
  private waiting(handoff: HandoffView) {
    return html`<div class="state">
      ${icon('inbox')}
      <strong>${t('chat.waiting_title', { name: customerName(handoff) })}</strong>
      ${handoff.preview ? html`<p><bdi>“${handoff.preview}”</bdi></p>` : null}
      <p>${t('chat.waiting_hint')}</p>
      ${handoff.state === 'queued' ? this.takeButton(handoff) : null}
    </div>`;
  }

  private banner(handoff: HandoffView) {
    const state = this.deskState;
    if (handoff.customer_left && isMine(state, handoff)) {
      return html`<div class="banner left" role="status"><span>${icon('away')} ${t('chat.left')}</span></div>`;
    }
    if (isMine(state, handoff)) return null;
    if (!isOpen(handoff)) return this.over(handoff);
    if (handoff.state === 'offered' && handoff.offered_to === state.me?.id) {
      return html`<div class="banner"><span>${t('chat.offered_hint')}</span>${this.takeButton(handoff)}</div>`;
    }
    if (handoff.state === 'accepted') {
      return html`<div class="banner">${t('chat.watching', { name: handoff.agent_name ?? '' })}</div>`;
    }
    return html`<div class="banner"><span>${t('chat.watching_queue')}</span>${this.takeButton(handoff)}</div>`;
  }

  /** A conversation that is over: what came of it, and how the customer rated it. */
  private over(handoff: HandoffView) {
    const came = this.deskState.dispositions.find((each) => each.code === handoff.disposition)?.title ?? '';
    const { rating } = handoff;
    return html`<div class="banner">
      <span>
        <strong>${t('chat.over')}</strong> ${came}
        ${rating === null ? t('rating.none') : stars(rating.score)}
        ${rating?.comment ? html`<bdi>“${rating.comment}”</bdi>` : null}
      </span>
    </div>`;
  }

  private takeButton(handoff: HandoffView) {
    return html`<button
      class="button primary"
      ?disabled=${this.deskState.busy.includes(handoff.id)}
      @click=${() => this.ask('accept', handoff.id)}
    >
      ${t('chat.take')} <kbd aria-hidden="true">A</kbd>
    </button>`;
  }
}
