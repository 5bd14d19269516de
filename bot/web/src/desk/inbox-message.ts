/** The middle of the inbox: one message that was left, the conversation behind it, and how it is answered. */

import { css, html } from 'lit';
import { customElement, query } from 'lit/decorators.js';

import { fullTime } from '../shared/format.ts';
import { copyButton } from './copy-button.ts';
import { icon } from './icons.ts';
import { locale, t } from './i18n.ts';
import { stateText } from './inbox-words.ts';
import { line } from './line.ts';
import { lineStyles } from './line-styles.ts';
import { pressedButton } from './messages.ts';
import { senderName } from './names.ts';
import { Part } from './part.ts';
import { isSupervisor } from './state.ts';
import type { LeftMessageDetail, Message } from './types.ts';

@customElement('fl-inbox-message')
export class InboxMessage extends Part {
  static override styles = [
    Part.styles,
    lineStyles,
    css`
      :host {
        display: grid;
        grid-template-rows: auto minmax(0, 1fr);
        min-inline-size: 0;
        min-block-size: 0;
        background: var(--page);
      }

      .heading {
        display: flex;
        flex-wrap: wrap;
        gap: var(--space-2);
        align-items: center;
        min-block-size: 52px;
        padding: var(--space-2) var(--space-4);
        border-block-end: 1px solid var(--border);
        background: var(--surface);
      }

      h1 {
        flex: 1;
        min-inline-size: 10ch;
        font-size: var(--text-md);
        font-weight: 650;
      }

      .scroll {
        overflow-y: auto;
      }

      .sheet {
        display: grid;
        gap: var(--space-4);
        max-inline-size: 760px;
        margin-inline: auto;
        padding: var(--space-5) var(--space-4);
      }

      blockquote {
        margin: 0;
        padding: var(--space-3) var(--space-4);
        border: 1px solid var(--border);
        border-inline-start: 3px solid var(--accent);
        border-radius: var(--radius-md);
        background: var(--surface);
        font-size: var(--text-md);
        overflow-wrap: anywhere;
        white-space: pre-wrap;
      }

      dl {
        display: grid;
        grid-template-columns: max-content minmax(0, 1fr);
        gap: 4px var(--space-4);
        align-items: center;
      }

      dt {
        color: var(--text-muted);
      }

      dd {
        display: flex;
        flex-wrap: wrap;
        gap: 4px var(--space-2);
        align-items: center;
        overflow-wrap: anywhere;
      }

      details {
        border: 1px solid var(--border);
        border-radius: var(--radius-md);
        background: var(--surface);
      }

      summary {
        padding: var(--space-2) var(--space-3);
        border-radius: inherit;
        cursor: pointer;
        font-weight: 550;
      }

      .log {
        display: flex;
        flex-direction: column;
        padding: 0 var(--space-4) var(--space-4);
      }

      form {
        display: grid;
        gap: var(--space-2);
        padding: var(--space-4);
        border: 1px solid var(--border);
        border-radius: var(--radius-md);
        background: var(--surface);
      }

      h2 {
        font-size: var(--text-sm);
        font-weight: 650;
      }

      textarea {
        inline-size: 100%;
        min-block-size: 96px;
        resize: vertical;
      }

      #note {
        min-block-size: 44px;
      }

      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: var(--space-2);
        justify-content: flex-end;
      }

      .way {
        display: flex;
        gap: 6px;
        align-items: center;
        color: var(--text-muted);
      }

      .way.ok {
        color: var(--ok);
      }

      .state {
        display: grid;
        grid-row: 1 / -1;
        place-content: center;
        justify-items: center;
        gap: var(--space-2);
        padding: var(--space-5);
        text-align: center;
      }

      .state h1 {
        flex: none;
      }

      .state svg.i {
        inline-size: 36px;
        block-size: 36px;
        margin-block-end: var(--space-2);
        color: var(--text-muted);
        stroke-width: 1;
      }

      .state p {
        max-inline-size: 44ch;
        color: var(--text-muted);
      }

      @media (max-width: 640px) {
        kbd {
          display: none;
        }

        dl {
          grid-template-columns: minmax(0, 1fr);
        }

        dd + dt {
          margin-block-start: var(--space-2);
        }
      }
    `,
  ];

  @query('#answer') private readonly answerBox!: HTMLTextAreaElement | null;
  @query('#note') private readonly noteBox!: HTMLTextAreaElement | null;

  /** Puts the cursor where the answer is written. */
  write(): void {
    (this.answerBox ?? this.noteBox)?.focus();
  }

  override render() {
    const { inbox } = this.deskState;
    const { detail, error } = inbox;
    if (inbox.opened === null) {
      return html`<div class="state">
        ${icon('mail')}
        <h1>${t('inbox.title')}</h1>
        <p>${t(inbox.waiting > 0 ? 'inbox.hint' : 'inbox.empty')}</p>
      </div>`;
    }
    if (detail?.id !== inbox.opened) {
      const told = error === null ? t('inbox.loading') : t('inbox.failed', { error });
      return html`<div class="state"><h1>${t('inbox.title')}</h1><p role=${error === null ? 'status' : 'alert'}>${told}</p></div>`;
    }
    return html`${this.heading(detail)}
      <div class="scroll" tabindex="0" role="region" aria-label=${t('inbox.message')}>
        <div class="sheet">
          <blockquote dir="auto">${detail.text || t('inbox.wants_call')}</blockquote>
          ${this.facts(detail)} ${detail.state === 'answered' ? this.outcome(detail) : this.answering(detail)}
          ${detail.messages ? this.conversation(detail, detail.messages) : null}
        </div>
      </div>`;
  }

  private heading(detail: LeftMessageDetail) {
    const { me, inbox } = this.deskState;
    const mine = detail.state === 'taken' && detail.agent_id === me?.id;
    return html`<div class="heading">
      <h1>${senderName(detail)}</h1>
      <span class="chip ${detail.state === 'open' ? 'warning' : ''}">${stateText(detail, me)}</span>
      ${detail.state === 'open'
        ? html`<button
            class="button primary"
            ?disabled=${inbox.busy}
            @click=${() => void this.take(detail.id)}
          >
            ${t('row.take')} <kbd aria-hidden="true">A</kbd>
          </button>`
        : null}
      ${mine || (detail.state === 'taken' && isSupervisor(this.deskState))
        ? html`<button class="button" ?disabled=${inbox.busy} @click=${() => void this.desk.inbox.release(detail.id)}>
            ${icon('back')}${t('inbox.release')}
          </button>`
        : null}
    </div>`;
  }

  /** Takes the message and puts the cursor into the answer. */
  async take(id: number): Promise<void> {
    if (!(await this.desk.inbox.take(id))) return;
    await this.updateComplete;
    this.write();
  }

  private facts(detail: LeftMessageDetail) {
    const { queues } = this.deskState;
    const queue = queues.find((each) => each.name === detail.queue)?.title ?? detail.queue;
    return html`<dl>
      <dt>${t('inbox.left_at')}</dt>
      <dd>${fullTime(detail.created_at, locale())}</dd>
      <dt>${t('inbox.reach')}</dt>
      <dd>${this.contact(detail)}</dd>
      <dt>${t('inbox.queue')}</dt>
      <dd>${queue}${detail.language ? html`<span class="chip">${detail.language.toUpperCase()}</span>` : null}</dd>
      <dt>${t('inbox.ticket')}</dt>
      <dd><bdi dir="ltr">${detail.ticket_id}</bdi> ${copyButton(t('inbox.ticket'), detail.ticket_id, this.copy)}</dd>
    </dl>`;
  }

  private contact(detail: LeftMessageDetail) {
    const { contact, contact_kind, contact_source } = detail;
    if (contact === null) return html`<span class="muted">${t('inbox.no_contact_hint')}</span>`;
    const address = contact_kind === 'email' ? `mailto:${encodeURIComponent(contact)}` : `tel:${contact}`;
    return html`<a href=${address}><bdi dir="ltr">${contact}</bdi></a>
      ${copyButton(t(contact_kind === 'email' ? 'context.email' : 'context.phone'), contact, this.copy)}
      <span class="muted">${t(`inbox.source.${contact_source ?? 'given'}`)}</span>`;
  }

  private outcome(detail: LeftMessageDetail) {
    return html`<div class="outcome">
      <h2>${stateText(detail, this.deskState.me)}</h2>
      <p class="muted">${detail.answered_at === null ? null : fullTime(detail.answered_at, locale())}</p>
      ${detail.note ? html`<blockquote dir="auto">${detail.note}</blockquote>` : null}
    </div>`;
  }

  private answering(detail: LeftMessageDetail) {
    const { me, inbox } = this.deskState;
    if (detail.state === 'taken' && detail.agent_id !== me?.id) {
      return html`<p class="muted">${t('inbox.with', { name: detail.agent_name ?? '' })}</p>`;
    }
    const { chat, email, mail_is_set_up } = detail.ways;
    const canWrite = chat || (email !== null && mail_is_set_up);
    return html`${canWrite
        ? html`<form @submit=${(event: SubmitEvent) => this.answer(event, detail)} @keydown=${this.pressed}>
            <h2><label for="answer">${t('inbox.answer')}</label></h2>
            <p class="way ${chat ? 'ok' : ''}" id="way">
              ${icon(chat ? 'chat' : 'mail')}
              <span>${chat ? t('inbox.by_chat') : t('inbox.by_email', { address: `\u2066${email ?? ''}\u2069` })}</span>
            </p>
            <textarea
              id="answer"
              dir="auto"
              maxlength="10000"
              required
              aria-describedby="way"
              .value=${this.draft(detail)}
              @input=${(event: Event) => this.keepDraft(detail, (event.target as HTMLTextAreaElement).value)}
            ></textarea>
            <div class="actions">
              <button class="button primary" ?disabled=${inbox.busy}>
                ${icon('send')}${t(chat ? 'inbox.send_chat' : 'inbox.send_email')}
              </button>
            </div>
          </form>`
        : html`<p class="way">${icon('info')}<span>${this.whyNot(detail)}</span></p>`}
      <form @submit=${(event: Event) => event.preventDefault()}>
        <h2><label for="note">${t('inbox.elsewhere')}</label></h2>
        <textarea id="note" dir="auto" rows="2" maxlength="10000" placeholder=${t('inbox.note')}></textarea>
        <div class="actions">
          <button type="button" class="button" ?disabled=${inbox.busy} @click=${() => this.close(detail, 'done')}>
            ${icon('check')}${t('inbox.done')}
          </button>
          <button type="button" class="button" ?disabled=${inbox.busy} @click=${() => this.close(detail, 'called_back')}>
            ${icon('phone')}${t('inbox.called_back')}
          </button>
        </div>
      </form>`;
  }

  private whyNot({ ways, contact }: LeftMessageDetail): string {
    if (ways.email !== null) return t('inbox.no_mail_server');
    return t(contact === null ? 'inbox.no_contact_hint' : 'inbox.only_phone');
  }

  private conversation(detail: LeftMessageDetail, messages: readonly Message[]) {
    return html`<details open>
      <summary>${t('inbox.conversation')}</summary>
      <div class="log">
        ${messages.map((message, index) => {
          const before = messages[index - 1];
          const first = before?.author !== message.author || before.name !== message.name;
          return line(message, {
            first,
            pointed: null,
            pressed: pressedButton(messages, index),
            customer: senderName(detail),
          });
        })}
      </div>
    </details>`;
  }

  private draft(detail: LeftMessageDetail): string {
    return this.desk.memory?.draft(`left-${detail.id}`).text ?? '';
  }

  private keepDraft(detail: LeftMessageDetail, text: string): void {
    this.desk.memory?.keepDraft(`left-${detail.id}`, { text, note: false });
  }

  private async answer(event: SubmitEvent, detail: LeftMessageDetail): Promise<void> {
    event.preventDefault();
    const text = this.answerBox?.value.trim() ?? '';
    if (!text) {
      this.answerBox?.focus();
      return;
    }
    if (await this.desk.inbox.answer(detail.id, text)) this.keepDraft(detail, '');
  }

  private async close(detail: LeftMessageDetail, how: 'called_back' | 'done'): Promise<void> {
    const note = this.noteBox?.value.trim() ?? '';
    if (await this.desk.inbox.close(detail.id, how, note)) this.keepDraft(detail, '');
  }

  /** Ctrl or Cmd with Enter sends. */
  private readonly pressed = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    (event.currentTarget as HTMLFormElement).requestSubmit();
  };

  private readonly copy = async (text: string): Promise<void> => {
    await navigator.clipboard.writeText(text);
    this.desk.toast(t('context.copied'));
  };
}
