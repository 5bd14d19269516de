/** Where the customer writes: Enter sends, Shift and Enter begin a line. */

import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { property, query, state } from 'lit/decorators.js';

import { MAX_LENGTH } from './client.ts';
import styleText from './composer.css?inline';
import { PanelElement, define, styles } from './element.ts';
import { icons } from './icons.ts';

/** From here on the remaining characters are shown. */
const COUNT_FROM = MAX_LENGTH - 200;

/** Events: `send` with the text, `typed`, `person`, `call`. */
export class Composer extends PanelElement {
  static override styles = styles(styleText);

  /** True while a person may be asked for. */
  @property({ type: Boolean }) person = false;
  /** True while a call may be begun. */
  @property({ type: Boolean }) call = false;

  @state() private text = '';
  @query('textarea') private readonly area!: HTMLTextAreaElement;

  override focus(): void {
    this.area.focus();
  }

  override render(): TemplateResult {
    const left = MAX_LENGTH - this.text.length;
    return html`
      <form class="box" @submit=${this.onSubmit}>
        <textarea
          rows="1"
          dir="auto"
          enterkeyhint="send"
          aria-label=${this.t('composer')}
          placeholder=${this.t('composer.placeholder')}
          maxlength=${MAX_LENGTH}
          .value=${this.text}
          @input=${this.onInput}
          @keydown=${this.onKey}
        ></textarea>
        <button type="submit" class="send" aria-label=${this.t('composer.send')} ?disabled=${!this.text.trim()}>
          ${icons.send}
        </button>
      </form>
      <div class="below">
        ${this.person
          ? html`<button type="button" class="other" @click=${() => this.fire('person')}>
              ${icons.support}${this.t('person.ask')}
            </button>`
          : nothing}
        ${this.call
          ? html`<button type="button" class="other" @click=${() => this.fire('call')}>${icons.phone}${this.t('call')}</button>`
          : nothing}
        <span class="count" role="status">
          ${this.text.length >= COUNT_FROM ? this.t('composer.left', { count: left }) : nothing}
        </span>
      </div>
    `;
  }

  protected override updated(): void {
    this.area.style.blockSize = 'auto';
    const { scrollHeight } = this.area;
    // While the panel is hidden nothing has a height.
    if (scrollHeight > 0) this.area.style.blockSize = `${scrollHeight}px`;
  }

  private onInput(): void {
    this.text = this.area.value;
    if (this.text) this.fire('typed');
  }

  private onKey(event: KeyboardEvent): void {
    // While an input method composes, Enter chooses a word.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    this.onSubmit(event);
  }

  private onSubmit(event: Event): void {
    event.preventDefault();
    const text = this.text.trim();
    if (!text) return;
    this.text = '';
    this.fire('send', text);
    this.focus();
  }
}

define('firstline-composer', Composer);
