/** The left column: what is offered, the agent's conversations, the queue, and for supervisors the rest. */

import { css, html, nothing } from 'lit';
import { customElement } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';

import { icon } from './icons.ts';
import { numberText, t } from './i18n.ts';
import './inbox-list.ts';
import { customerName } from './names.ts';
import './offer-card.ts';
import { EachSecond, Part } from './part.ts';
import { conversationRow, queueRow, recentRow } from './rows.ts';
import { isSupervisor, sorted } from './state.ts';
import type { HandoffView } from './types.ts';

@customElement('fl-lists')
export class Lists extends Part {
  static override styles = [
    Part.styles,
    css`
      :host {
        overflow-y: auto;
        background: var(--surface-sunken);
      }

      .folders {
        position: sticky;
        z-index: 2;
        inset-block-start: 0;
        display: grid;
        grid-template-columns: 1fr auto;
        border-block-end: 1px solid var(--border);
        background: var(--surface-sunken);
      }

      .tab {
        display: flex;
        align-items: center;
        justify-content: center;
        gap: 6px;
        min-block-size: 52px;
        padding-inline: var(--space-3);
        border: 0;
        background: none;
        color: var(--text-muted);
        font-weight: 550;
      }

      .tab[aria-pressed='true'] {
        color: var(--link);
        box-shadow: inset 0 -2px 0 var(--accent);
      }

      .tab:focus-visible {
        outline-offset: -2px;
      }

      .recent {
        padding: var(--space-2);
      }

      .recent summary {
        border-radius: var(--radius-sm);
        cursor: pointer;
      }

      .recent summary h2 {
        display: inline-flex;
      }

      .stars {
        flex: none;
        color: var(--warning);
      }

      .comment {
        display: -webkit-box;
        overflow: hidden;
        overflow-wrap: anywhere;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 2;
      }

      .gone {
        display: inline-flex;
        gap: 3px;
        align-items: center;
        color: var(--warning);
        font-weight: 550;
      }

      .gone svg.i {
        inline-size: 12px;
        block-size: 12px;
      }

      @media (forced-colors: active) {
        .row.selected {
          outline: 2px solid Highlight;
          outline-offset: -2px;
        }

        .tab[aria-pressed='true'] {
          outline: 2px solid Highlight;
          outline-offset: -2px;
        }

        .avatar {
          border: 1px solid CanvasText;
        }
      }

      section {
        padding: var(--space-2);
      }

      h2 {
        display: flex;
        align-items: center;
        gap: 6px;
        padding: var(--space-2);
        color: var(--text-muted);
        font-size: var(--text-xs);
        font-weight: 650;
      }

      .empty {
        padding: var(--space-1) var(--space-2) var(--space-2);
        color: var(--text-muted);
      }

      .away {
        display: grid;
        justify-items: start;
        gap: var(--space-2);
        margin: var(--space-2);
        padding: var(--space-3);
        border-radius: var(--radius-md);
        background: var(--warning-tint);
        color: var(--warning);
      }

      @media (max-width: 1180px) and (min-width: 901px) {
        .tab svg.i {
          display: none;
        }
      }

      .row {
        position: relative;
        display: flex;
        align-items: center;
        gap: var(--space-2);
        padding: 7px var(--space-2);
        border-radius: var(--radius-sm);
        cursor: pointer;
      }

      .row:hover {
        background: var(--surface-hover);
      }

      .row:focus-visible {
        outline-offset: -2px;
      }

      .row.selected {
        background: var(--surface-selected);
      }

      .body {
        display: grid;
        flex: 1;
        grid-template-columns: minmax(0, 1fr);
        gap: 1px;
        min-inline-size: 0;
      }

      .top {
        display: flex;
        align-items: baseline;
        justify-content: space-between;
        gap: var(--space-2);
        min-inline-size: 0;
      }

      .name {
        font-weight: 600;
      }

      .calling,
      .soon:has(svg) {
        display: inline-flex;
        align-items: baseline;
        gap: 4px;
      }

      .calling {
        color: var(--ok);
      }

      .top svg.i {
        inline-size: 12px;
        block-size: 12px;
        align-self: center;
      }

      .calm {
        color: var(--text-muted);
      }

      .news {
        font-weight: 600;
      }

      .avatar {
        display: grid;
        flex: none;
        place-items: center;
        inline-size: 32px;
        block-size: 32px;
        border-radius: 50%;
        background: var(--surface-hover);
        color: var(--text-muted);
        font-size: var(--text-xs);
        font-weight: 650;
      }

      .selected .avatar {
        background: var(--accent);
        color: var(--on-accent);
      }

      .badge {
        flex: none;
        min-inline-size: 18px;
        padding-inline: 5px;
        border-radius: 9px;
        background: var(--accent);
        color: var(--on-accent);
        font-size: 0.6875rem;
        font-weight: 700;
        line-height: 18px;
        text-align: center;
      }

      .chips {
        display: flex;
        flex-wrap: wrap;
        gap: 4px;
        margin-block-start: 4px;
      }

      .chip {
        background: var(--surface-hover);
      }

      .chip.warning {
        background: var(--warning-tint);
      }

      .chip.danger {
        background: var(--danger-tint);
      }

      .chip svg {
        inline-size: 12px;
        block-size: 12px;
      }

      .open {
        flex: 1;
        min-inline-size: 0;
        padding: 0;
        border: 0;
        background: none;
        text-align: start;
      }

      /* The whole row opens the conversation; the button in it stays a button of its own. */
      .open::after {
        position: absolute;
        inset: 0;
        border-radius: inherit;
        content: '';
      }

      .open:focus-visible {
        outline: none;
      }

      .open:focus-visible::after {
        outline: 2px solid var(--focus);
        outline-offset: -2px;
      }

      .take {
        position: relative;
        z-index: 1;
        flex: none;
      }
    `,
  ];

  constructor() {
    super();
    new EachSecond(this);
  }

  override render() {
    const { view, inbox, pane } = this.deskState;
    const tab = (name: 'chats' | 'inbox', text: string, count: number) => html`<button
      class="tab"
      aria-pressed=${view === name ? 'true' : 'false'}
      @click=${() => (name === 'inbox' ? this.desk.inbox.show() : this.desk.store.set({ view: 'chats', pane }))}
    >
      ${icon(name === 'inbox' ? 'mail' : 'chat')}${text}
      ${count > 0 ? html`<span class="badge number">${numberText(count)}</span>` : null}
    </button>`;
    return html`<div class="folders" role="group" aria-label=${t('lists.folders')}>
        ${tab('chats', t('lists.chats'), 0)} ${tab('inbox', t('inbox.title'), inbox.waiting)}
      </div>
      ${view === 'inbox' ? html`<fl-inbox-list .desk=${this.desk}></fl-inbox-list>` : this.chats()}`;
  }

  private chats() {
    const state = this.deskState;
    const { offers, mine, queue, others } = sorted(state);
    return html`
      ${state.me?.presence === 'available'
        ? null
        : html`<div class="away">
            <p>${t('lists.away')}</p>
            <button class="button small" @click=${() => void this.desk.setPresence('available')}>
              ${t('lists.become_available')}
            </button>
          </div>`}
      ${offers.length > 0
        ? html`<section aria-labelledby="offers">
            <h2 id="offers">${t('lists.offers')}</h2>
            ${repeat(
              offers,
              (offer) => offer.id,
              (offer) => html`<fl-offer-card .desk=${this.desk} .handoff=${offer}></fl-offer-card>`,
            )}
          </section>`
        : null}
      <section aria-labelledby="mine">
        <h2 id="mine">${t('lists.mine')} <span class="number">${mine.length > 0 ? numberText(mine.length) : nothing}</span></h2>
        ${mine.length > 0
          ? html`<ul role="listbox" aria-labelledby="mine" @keydown=${this.walk}>
              ${repeat(
                mine,
                (handoff) => handoff.id,
                (handoff, index) => this.option(handoff, index),
              )}
            </ul>`
          : html`<p class="empty">${t('lists.mine_empty')}</p>`}
      </section>
      <section aria-labelledby="queue">
        <h2 id="queue">${t('lists.queue')} <span class="number">${queue.length > 0 ? numberText(queue.length) : nothing}</span></h2>
        ${queue.length > 0 ? this.waitingList(queue) : html`<p class="empty">${t('lists.queue_empty')}</p>`}
      </section>
      ${isSupervisor(state) && others.length > 0
        ? html`<section aria-labelledby="others">
            <h2 id="others">${t('lists.others')} <span class="number">${numberText(others.length)}</span></h2>
            ${this.waitingList(others)}
          </section>`
        : null}
      ${state.recent.length > 0 ? this.recentList(state.recent) : null}
    `;
  }

  private recentList(recent: readonly HandoffView[]) {
    const { selected } = this.deskState;
    return html`<details class="recent" ?open=${recent.some((handoff) => handoff.id === selected)}>
      <summary><h2 id="recent">${t('lists.recent')} <span class="number">${numberText(recent.length)}</span></h2></summary>
      <ul aria-labelledby="recent">
        ${repeat(
          recent,
          (handoff) => handoff.id,
          (handoff) => html`<li class="row ${handoff.id === selected ? 'selected' : ''}" data-id=${handoff.id}>
            <button
              class="open"
              aria-current=${handoff.id === selected ? 'true' : 'false'}
              @click=${() => this.desk.work.select(handoff.id)}
            >
              ${recentRow(this.deskState, handoff)}
            </button>
          </li>`,
        )}
      </ul>
    </details>`;
  }

  private option(handoff: HandoffView, index: number) {
    const { selected } = this.deskState;
    const isSelected = handoff.id === selected;
    const { mine } = sorted(this.deskState);
    const reachable = isSelected || (index === 0 && !mine.some((other) => other.id === selected));
    return html`<li
      role="option"
      class="row ${isSelected ? 'selected' : ''}"
      data-id=${handoff.id}
      aria-selected=${isSelected ? 'true' : 'false'}
      tabindex=${reachable ? 0 : -1}
      @click=${() => this.desk.work.select(handoff.id)}
    >
      ${conversationRow(this.deskState, handoff, this.desk.serverNow())}
    </li>`;
  }

  private waitingList(handoffs: HandoffView[]) {
    const { selected, busy } = this.deskState;
    return html`<ul>
      ${repeat(
        handoffs,
        (handoff) => handoff.id,
        (handoff) => html`<li class="row ${handoff.id === selected ? 'selected' : ''}" data-id=${handoff.id}>
          <button
            class="open"
            aria-current=${handoff.id === selected ? 'true' : 'false'}
            @click=${() => this.desk.work.select(handoff.id)}
          >
            ${queueRow(this.deskState, handoff, this.desk.serverNow())}
          </button>
          ${handoff.state === 'queued'
            ? html`<button
                class="button small take"
                aria-label=${t('row.take_label', { name: customerName(handoff) })}
                ?disabled=${busy.includes(handoff.id)}
                @click=${() => this.ask('accept', handoff.id)}
              >
                ${t('row.take')}
              </button>`
            : null}
        </li>`,
      )}
    </ul>`;
  }

  /** Arrow keys, Home and End within the list of one's own conversations. */
  private readonly walk = (event: KeyboardEvent): void => {
    if (event.altKey) return;
    const ids = sorted(this.deskState).mine.map((handoff) => handoff.id);
    const at = ids.findIndex((id) => id === (event.target as HTMLElement).dataset.id);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: ids.length - 1, Enter: at, ' ': at }[event.key];
    const id = to === undefined ? undefined : ids[to];
    if (id === undefined) return;
    event.preventDefault();
    this.desk.work.select(id);
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<HTMLElement>(`[role='option'][data-id='${CSS.escape(id)}']`)?.focus(),
    );
  };
}
