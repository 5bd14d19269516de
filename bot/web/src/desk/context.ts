/** The right column: everything the bot knows, so that the agent asks for nothing twice. */

import { html } from 'lit';
import { customElement } from 'lit/decorators.js';

import { callSection } from './call-facts.ts';
import { contextStyles } from './context-styles.ts';
import { customerSection } from './customer.ts';
import {
  attemptsSection,
  intentsSection,
  reasonSection,
  recordsSection,
  slotsSection,
  suggestionsSection,
  type Pointing,
} from './evidence.ts';
import { t } from './i18n.ts';
import { Part } from './part.ts';
import { isMine, selectedHandoff, threadOf } from './state.ts';

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
    return html`${reasonSection(context, this.pointing)} ${callSection(handoff.call, context.audio)}
    ${isMine(state, handoff) ? suggestionsSection(context, this.insert) : null}
    ${customerSection(context, contact, this.copy)} ${slotsSection(context, this.pointing, this.copy)}
    ${intentsSection(context, this.pointing)} ${attemptsSection(context, this.pointing)} ${recordsSection(context)}`;
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
