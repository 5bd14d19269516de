/** The right column: everything the bot knows, so that the agent asks for nothing twice. */

import { html } from 'lit';
import { customElement } from 'lit/decorators.js';

import { callSection } from './call-facts.ts';
import { contextStyles } from './context-styles.ts';
import { copyButton } from './copy-button.ts';
import { customerSection, recordsOfCustomer } from './customer.ts';
import {
  recordsSection,
  slotsSection,
  suggestionsSection,
  triedSection,
  wantsSection,
  type Pointing,
} from './evidence.ts';
import { t } from './i18n.ts';
import { customerName } from './names.ts';
import { Part } from './part.ts';
import { isMine, selectedHandoff, threadOf } from './state.ts';
import type { Context } from './types.ts';

@customElement('fl-context')
export class ContextPanel extends Part {
  static override styles = [Part.styles, contextStyles];

  override render() {
    const state = this.deskState;
    const handoff = selectedHandoff(state);
    const thread = handoff && threadOf(state, handoff);
    if (!handoff || !thread) return html`<p class="empty">${t('context.none')}</p>`;
    if (!thread.context) {
      if (thread.contextError === null) return html`<p class="empty" role="status">${t('context.loading')}</p>`;
      return html`<div class="empty">
        <p role="alert">${t('context.failed', { error: thread.contextError })}</p>
        <button class="button" @click=${() => void this.desk.feed.loadContext(handoff.id)}>${t('chat.retry')}</button>
      </div>`;
    }
    const { context, contact } = thread;
    const { titles } = state;
    return html`<h2 class="visually-hidden">${t('context.label')}</h2>
      ${customerSection(context, customerName(handoff), this.copy)} ${wantsSection(context, titles, this.pointing)}
      ${triedSection(context, titles, this.pointing)}
      ${isMine(state, handoff) ? suggestionsSection(context, this.insert) : null}
      ${slotsSection(context, titles, this.pointing, this.copy)} ${callSection(handoff.call, context.audio)}
      ${contact ? recordsOfCustomer(contact, this.copy) : null} ${recordsSection(context, titles)}
      ${this.details(context)}`;
  }

  /** What only the people who run the desk ask for. */
  private details({ conversation }: Context) {
    return html`<details class="section">
      <summary><h3>${t('context.details')}</h3></summary>
      <div class="fact">
        <span class="key">${t('context.conversation_id')}</span>
        <span class="value"><bdi dir="ltr">${conversation.id}</bdi></span>
        ${copyButton(t('context.conversation_id'), conversation.id, this.copy)}
      </div>
    </details>`;
  }

  private readonly pointing: Pointing = {
    point: (source) => this.desk.store.set({ pointed: { ...source, held: false } }),
    release: () => this.desk.store.set({ pointed: null }),
    follow: (source) => this.desk.store.set({ pointed: { ...source, held: true }, pane: 'chat' }),
  };

  private readonly insert = (text: string): void => {
    this.dispatchEvent(new CustomEvent('fl-insert', { detail: text, bubbles: true, composed: true }));
  };

  private readonly copy = async (text: string): Promise<void> => {
    await navigator.clipboard.writeText(text);
    this.desk.toast(t('context.copied'));
  };
}
