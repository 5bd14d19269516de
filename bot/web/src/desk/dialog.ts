/** What the desk's dialogs share: a modal `<dialog>`, so that the browser keeps the focus in it and Esc closes. */

import { css, html } from 'lit';
import type { TemplateResult } from 'lit';
import { query, state } from 'lit/decorators.js';

import { icon } from './icons.ts';
import { t } from './i18n.ts';
import { Part } from './part.ts';

export abstract class DeskDialog extends Part {
  static override styles = [
    Part.styles,
    css`
      dialog {
        inline-size: min(100vw - 24px, 460px);
        max-block-size: min(100dvh - 24px, 640px);
        padding: 0;
        border: 1px solid var(--border);
        border-radius: var(--radius-lg);
        background: var(--surface-raised);
        color: var(--text);
        box-shadow: var(--shadow-lg);
      }

      dialog::backdrop {
        background: rgb(16 20 24 / 45%);
      }

      form,
      .content {
        display: grid;
        gap: var(--space-4);
        padding: var(--space-4) var(--space-5) var(--space-5);
      }

      .heading {
        display: flex;
        align-items: center;
        justify-content: space-between;
      }

      h2 {
        font-size: var(--text-lg);
      }

      footer {
        display: flex;
        justify-content: flex-end;
        gap: var(--space-2);
      }

      footer .button {
        min-block-size: 34px;
      }

      textarea {
        min-block-size: 60px;
        resize: vertical;
      }
    `,
  ];

  @query('dialog') private readonly dialog!: HTMLDialogElement;
  @state() protected shown = false;
  #before: Element | null = null;

  get isOpen(): boolean {
    return this.shown;
  }

  /** Opens the dialog; the focus comes back to where it was when it closes. */
  async show(): Promise<void> {
    this.#before = deepActive();
    this.shown = true;
    await this.updateComplete;
    this.dialog.showModal();
  }

  close(): void {
    this.dialog.close();
  }

  protected abstract content(): TemplateResult;

  override render() {
    return html`<dialog aria-labelledby="title" @close=${this.closed} @click=${this.clicked}>
      ${this.shown ? this.content() : null}
    </dialog>`;
  }

  protected heading(text: string): TemplateResult {
    return html`<div class="heading">
      <h2 id="title">${text}</h2>
      <button
        type="button"
        class="button quiet icon"
        aria-label=${t('dialog.close')}
        @click=${() => this.close()}
      >
        ${icon('close')}
      </button>
    </div>`;
  }

  private readonly closed = (): void => {
    this.shown = false;
    if (this.#before instanceof HTMLElement) this.#before.focus();
  };

  private readonly clicked = (event: Event): void => {
    if (event.target === this.dialog) this.close();
  };
}

/** The focused element, however deep in shadow trees. */
export function deepActive(): Element | null {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  return active;
}
