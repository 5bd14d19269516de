/** Asks before an agent signs out who still has conversations: what becomes of them. */

import { css, html } from 'lit';
import { customElement } from 'lit/decorators.js';

import { DeskDialog } from './dialog.ts';
import { t } from './i18n.ts';
import { sorted } from './state.ts';

@customElement('fl-sign-out-dialog')
export class SignOutDialog extends DeskDialog {
  static override styles = [
    DeskDialog.styles,
    css`
      .unsent {
        padding: var(--space-2) var(--space-3);
        border-radius: var(--radius-sm);
        background: var(--warning-tint);
        color: var(--warning);
      }
    `,
  ];

  protected content() {
    const open = sorted(this.deskState).mine.length;
    const unsent = this.deskState.outbox.length;
    return html`<div class="content">
      ${this.heading(t('leave.title'))}
      ${open > 0 ? html`<p>${t('leave.open', { count: open })}</p>` : null}
      ${open > 0 ? html`<p class="muted">${t('leave.what_happens')}</p>` : null}
      ${unsent > 0 ? html`<p class="unsent" role="alert">${t('leave.unsent', { count: unsent })}</p>` : null}
      <footer>
        <button type="button" class="button" autofocus @click=${() => this.close()}>${t('leave.stay')}</button>
        <button type="button" class="button primary" @click=${this.leave}>${t('account.sign_out')}</button>
      </footer>
    </div>`;
  }

  private readonly leave = (): void => {
    this.close();
    void this.desk.signOut();
  };
}
