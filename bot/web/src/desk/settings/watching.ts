/** Tells who serves no queue what that means, and lets a supervisor take conversations with one click. */

import { css, html } from 'lit';
import { customElement, state } from 'lit/decorators.js';

import { icon } from '../icons.ts';
import { t } from '../i18n.ts';
import { Part } from '../part.ts';
import { isSupervisor } from '../state.ts';
import type { Agent } from '../types.ts';

@customElement('fl-watching')
export class Watching extends Part {
  static override styles = [
    Part.styles,
    css`
      div {
        display: flex;
        flex-wrap: wrap;
        gap: var(--space-1) var(--space-3);
        align-items: center;
        padding: var(--space-1) var(--space-3);
        border-block-end: 1px solid var(--border);
        background: var(--surface-sunken);
      }

      p {
        display: flex;
        gap: var(--space-2);
        align-items: center;
      }

      div.nobody {
        background: var(--warning-tint);
        color: var(--warning);
      }
    `,
  ];

  @state() private busy = false;

  override render() {
    const { me, agents } = this.deskState;
    if (!me) return null;
    if (me.helping) {
      return html`<div role="status">
        <p>${icon('info')}${t('watching.helping')}</p>
        ${this.button(false)}
      </div>`;
    }
    if (me.takes_conversations) return null;
    const nobody = !agents.some((agent) => agent.presence === 'available' && agent.takes_conversations);
    if (!isSupervisor(this.deskState)) {
      return html`<div role="status"><p>${icon('info')}${t('watching.agent')}</p></div>`;
    }
    return html`<div role="status" class=${nobody ? 'nobody' : ''}>
      <p>${icon(nobody ? 'warn' : 'info')}${t(nobody ? 'watching.nobody' : 'watching.told')}</p>
      ${this.button(true)}
    </div>`;
  }

  private button(helping: boolean) {
    return html`<button class="button small" ?disabled=${this.busy} @click=${() => void this.set(helping)}>
      ${t(helping ? 'watching.take' : 'watching.stop')}
    </button>`;
  }

  private async set(helping: boolean): Promise<void> {
    this.busy = true;
    const me = await this.desk.attempt(() => this.desk.api.request<Agent>('PUT', '/agents/me/helping', { helping }));
    this.busy = false;
    if (!me) return;
    this.desk.store.set({ me });
    await this.desk.feed.refresh();
  }
}
