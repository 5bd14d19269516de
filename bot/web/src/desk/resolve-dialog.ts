/** Ending a conversation: what came of it, and whether the bot goes on. */

import { css, html } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';

import { DeskDialog } from './dialog.ts';
import { t } from './i18n.ts';
import { hasLiveCall, selectedHandoff } from './state.ts';

@customElement('fl-resolve-dialog')
export class ResolveDialog extends DeskDialog {
  static override styles = [
    DeskDialog.styles,
    css`
      fieldset {
        display: grid;
        gap: 2px;
        max-block-size: 240px;
        margin: 0;
        padding: 0;
        border: 0;
        overflow-y: auto;
      }

      legend {
        margin-block-end: var(--space-1);
        padding: 0;
        font-weight: 550;
      }

      fieldset label {
        display: flex;
        align-items: center;
        gap: var(--space-2);
        min-block-size: 32px;
        padding-inline: var(--space-2);
        border-radius: var(--radius-sm);
        cursor: pointer;
      }

      fieldset label:hover {
        background: var(--surface-hover);
      }

      fieldset label:has(:checked) {
        background: var(--surface-selected);
      }

      .return {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 2px var(--space-2);
        align-items: center;
      }

      .return span {
        grid-column: 2;
      }

      @media (forced-colors: active) {
        fieldset label:has(:checked) {
          outline: 2px solid Highlight;
          outline-offset: -2px;
        }
      }

      .unsent {
        padding: var(--space-2) var(--space-3);
        border-radius: var(--radius-sm);
        background: var(--warning-tint);
        color: var(--warning);
      }
    `,
  ];

  @state() private chosen = '';
  @state() private failure = '';
  @state() private busy = false;
  @query('textarea') private readonly note!: HTMLTextAreaElement;
  @query('#return') private readonly returned!: HTMLInputElement;

  override async show(): Promise<void> {
    this.chosen = '';
    this.failure = '';
    await super.show();
    this.renderRoot.querySelector<HTMLElement>('input[type=radio]')?.focus();
  }

  protected content() {
    const { dispositions, outbox } = this.deskState;
    const handoff = selectedHandoff(this.deskState);
    const unsent = outbox.filter((pending) => pending.conversation_id === handoff?.conversation_id).length;
    return html`<form @submit=${this.submit} @keydown=${this.pressed} novalidate>
      ${this.heading(t('resolve.title'))}
      ${handoff && hasLiveCall(handoff) ? html`<p class="unsent">${t('resolve.call_on')}</p>` : null}
      ${unsent ? html`<p class="unsent" role="alert">${t('resolve.unsent', { count: unsent })}</p>` : null}
      <fieldset>
        <legend>${t('resolve.disposition')}</legend>
        ${dispositions.map(
          (disposition) => html`<label>
            <input
              type="radio"
              name="disposition"
              value=${disposition.code}
              .checked=${disposition.code === this.chosen}
              @change=${() => (this.chosen = disposition.code)}
            />
            ${disposition.title}
          </label>`,
        )}
      </fieldset>
      <div class="field">
        <label for="note">${t('resolve.note')}</label>
        <textarea id="note" rows="2" maxlength="2000"></textarea>
      </div>
      <div class="return">
        <input id="return" type="checkbox" aria-describedby="return-hint" />
        <label for="return">${t('resolve.return')}</label>
        <span id="return-hint" class="muted">${t('resolve.return_hint')}</span>
      </div>
      <p class="error" role="alert" ?hidden=${!this.failure}>${this.failure}</p>
      <footer>
        <button type="button" class="button" @click=${() => this.close()}>${t('dialog.cancel')}</button>
        <button class="button primary" ?disabled=${this.busy}>${t('resolve.submit')}</button>
      </footer>
    </form>`;
  }

  /** Ctrl or Cmd with Enter resolves from anywhere in the dialog. */
  private readonly pressed = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    (event.currentTarget as HTMLFormElement).requestSubmit();
  };

  private readonly submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const handoff = selectedHandoff(this.deskState);
    if (!handoff || !this.chosen) {
      this.failure = t('resolve.choose');
      return;
    }
    const note = this.note.value.trim();
    this.busy = true;
    const done = await this.desk.work.resolve(handoff.id, {
      disposition: this.chosen,
      return_to_bot: this.returned.checked,
      ...(note ? { note } : {}),
    });
    this.busy = false;
    if (done) this.close();
  };
}
