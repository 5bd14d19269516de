/** The overlay that lists the keyboard shortcuts. */

import { css, html } from 'lit';
import { customElement } from 'lit/decorators.js';

import { DeskDialog } from './dialog.ts';
import { t } from './i18n.ts';
import { SHORTCUTS } from './shortcuts.ts';

@customElement('fl-help-dialog')
export class HelpDialog extends DeskDialog {
  static override styles = [
    DeskDialog.styles,
    css`
      dl {
        display: grid;
        grid-template-columns: 1fr auto;
        gap: var(--space-2) var(--space-4);
        align-items: center;
      }

      dd {
        display: flex;
        align-items: center;
        justify-content: flex-end;
        gap: 4px;
        color: var(--text-muted);
      }

      .letters {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 2px var(--space-2);
        align-items: center;
      }

      .letters span {
        grid-column: 2;
      }
    `,
  ];

  protected content() {
    return html`<div class="content">
      ${this.heading(t('help.title'))}
      <dl>
        ${SHORTCUTS.map(({ command, keys }) => this.entry(t(`help.${command}`), keys))}
        ${this.entry(t('help.send'), [['Enter'], ['Ctrl', 'Enter']])}
        ${this.entry(t('help.line'), [['Shift', 'Enter']])} ${this.entry(t('help.leave'), [['Esc']])}
      </dl>
      <div class="letters">
        <input
          id="letters"
          type="checkbox"
          aria-describedby="letters-hint"
          .checked=${this.deskState.letters}
          @change=${(event: Event) =>
            this.desk.setPreferences({ letters: (event.target as HTMLInputElement).checked })}
        />
        <label for="letters">${t('help.letters')}</label>
        <span id="letters-hint" class="muted">${t('help.hint')}</span>
      </div>
    </div>`;
  }

  private entry(text: string, keys: readonly (readonly string[])[]) {
    return html`<dt>${text}</dt>
      <dd>
        ${keys.map(
          (chord, index) =>
            html`${index > 0 ? html`<span>${t('help.or')}</span>` : null}${chord.map((key) => html`<kbd>${key}</kbd>`)}`,
        )}
      </dd>`;
  }
}
