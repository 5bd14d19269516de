/** The left column of the inbox: messages that were left, oldest first. */

import { css, html } from 'lit';
import { customElement } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';

import { icon } from './icons.ts';
import { locale, t } from './i18n.ts';
import { senderName } from './names.ts';
import { EachSecond, Part } from './part.ts';
import { stateText } from './inbox-words.ts';
import { ageText, ageUrgency } from './time.ts';
import type { LeftMessage } from './types.ts';

@customElement('fl-inbox-list')
export class InboxList extends Part {
  static override styles = [
    Part.styles,
    css`
      .which {
        display: grid;
        grid-template-columns: 1fr 1fr;
        gap: var(--space-1);
        padding: var(--space-3) var(--space-2) var(--space-1);
      }

      ul {
        padding: var(--space-1) var(--space-2);
      }

      li button {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 2px;
        inline-size: 100%;
        padding: var(--space-2);
        border: 0;
        border-radius: var(--radius-sm);
        background: none;
        text-align: start;
      }

      li button:hover {
        background: var(--surface-hover);
      }

      li button:focus-visible {
        outline-offset: -2px;
      }

      li button[aria-current='true'] {
        background: var(--surface-selected);
      }

      .top {
        display: flex;
        gap: var(--space-2);
        align-items: baseline;
        justify-content: space-between;
      }

      .name {
        font-weight: 600;
      }

      .top .number {
        flex: none;
      }

      .words {
        display: -webkit-box;
        overflow: hidden;
        color: var(--text-muted);
        overflow-wrap: anywhere;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 2;
      }

      .chips {
        display: flex;
        flex-wrap: wrap;
        gap: 4px;
        margin-block-start: 2px;
      }

      .chip {
        background: var(--surface-hover);
      }

      .chip.ok {
        background: var(--ok-tint);
      }

      .chip.warning {
        background: var(--warning-tint);
      }

      .chip svg.i {
        inline-size: 12px;
        block-size: 12px;
      }

      .empty,
      .more {
        padding: var(--space-3) var(--space-4);
        color: var(--text-muted);
      }
    `,
  ];

  constructor() {
    super();
    new EachSecond(this);
  }

  override render() {
    const { inbox } = this.deskState;
    const which = (folder: 'waiting' | 'answered') => html`<button
      class="button small"
      aria-pressed=${inbox.folder === folder ? 'true' : 'false'}
      @click=${() => this.desk.inbox.show(folder)}
    >
      ${t(`inbox.${folder}`)}
    </button>`;
    return html`<div class="which" role="group" aria-label=${t('inbox.title')}>
        ${which('waiting')} ${which('answered')}
      </div>
      ${inbox.messages.length > 0
        ? html`<ul>
            ${repeat(
              inbox.messages,
              (message) => message.id,
              (message) => html`<li>${this.row(message)}</li>`,
            )}
          </ul>`
        : html`<p class="empty" role="status">${this.nothing()}</p>`}
      ${inbox.next === null
        ? null
        : html`<div class="more">
            <button class="button" ?disabled=${inbox.loading} @click=${() => void this.desk.inbox.more()}>
              ${t('inbox.more')}
            </button>
          </div>`}`;
  }

  private nothing(): string {
    const { inbox } = this.deskState;
    if (inbox.loading) return t('inbox.loading');
    if (inbox.error !== null && inbox.opened === null) return t('inbox.failed', { error: inbox.error });
    return t(inbox.folder === 'waiting' ? 'inbox.empty' : 'inbox.empty_answered');
  }

  private row(message: LeftMessage) {
    const { inbox, queues } = this.deskState;
    const age = this.desk.serverNow() - (message.answered_at ?? message.created_at);
    const queue = queues.find((each) => each.name === message.queue)?.title ?? message.queue;
    const text = ageText(age, locale());
    return html`<button
      data-id=${message.id}
      aria-current=${inbox.opened === message.id ? 'true' : 'false'}
      @click=${() => void this.desk.inbox.open(message.id)}
    >
      <span class="top">
        <span class="name one-line">${senderName(message)}</span>
        <span class="number ${message.state === 'answered' ? 'muted' : ageUrgency(age)}">${text}</span>
      </span>
      <span class="words" dir="auto">${message.text || t('inbox.wants_call')}</span>
      <span class="chips">
        ${message.state === 'open' ? null : html`<span class="chip">${stateText(message, this.deskState.me)}</span>`}
        ${message.here && message.state !== 'answered'
          ? html`<span class="chip ok">${icon('chat')}${t('inbox.here')}</span>`
          : null}
        ${message.kind === 'callback' ? html`<span class="chip warning">${icon('phone')}${t('inbox.callback')}</span>` : null}
        ${message.contact === null && message.state !== 'answered'
          ? html`<span class="chip warning">${t('inbox.no_contact')}</span>`
          : null}
        <span class="chip">${queue}</span>
        ${message.language
          ? html`<span class="chip" title=${message.language}>${message.language.toUpperCase()}</span>`
          : null}
      </span>
    </button>`;
  }
}
