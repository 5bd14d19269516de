/** Where the customer writes: Enter sends, Shift and Enter begin a line. */

import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { property, query, state } from 'lit/decorators.js';

import { DEFAULT_MAX_LENGTH, lengthOf } from '../contract.ts';

import styleText from './composer.css?inline';
import { PanelElement, define, styles } from './element.ts';
import { icons } from './icons.ts';

/** The remaining characters are shown from this many on. */
const COUNT_FROM = 200;

/** Events: `send` with the text, `typed`, `draft` with what stands there, `person`, `call`. */
export class Composer extends PanelElement {
  static override styles = styles(styleText);

  /** True while a person may be asked for. */
  @property({ type: Boolean }) person = false;
  /** True while a call may be begun. */
  @property({ type: Boolean }) call = false;
  /** Longest message, in characters. What is longer can be written and is not sent. */
  @property({ type: Number }) max = DEFAULT_MAX_LENGTH;
  /** What stands in the field at first. */
  @property({ attribute: false }) draft = '';

  @state() private text = '';
  /** True once the customer tried to send what is too long, until it is short enough. */
  @state() private refused = false;
  @query('textarea') private readonly area!: HTMLTextAreaElement;

  override focus(): void {
    this.area.focus();
  }

  /** Puts a text that is too long into the field, and says so. What stood there stays before it. */
  refuse(text: string): void {
    this.put(this.text.trim() ? `${this.text}\n${text}` : text);
    this.refused = true;
  }

  override render(): TemplateResult {
    const left = this.max - lengthOf(this.text.trim());
    const over = left < 0;
    const count = over ? this.t('composer.over', { count: -left }) : this.t('composer.left', { count: left });
    return html`
      <form class=${over ? 'box over' : 'box'} @submit=${this.onSubmit}>
        <textarea
          rows="1"
          dir="auto"
          enterkeyhint="send"
          aria-label=${this.t('composer')}
          aria-invalid=${over ? 'true' : 'false'}
          aria-describedby="count"
          placeholder=${this.t('composer.placeholder')}
          .value=${this.text}
          @input=${this.onInput}
          @keydown=${this.onKey}
        ></textarea>
        <button type="submit" class="send" aria-label=${this.t('composer.send')} ?disabled=${!this.text.trim()}>
          ${icons.send}
        </button>
      </form>
      <p class="refusal" role="alert">${over && this.refused ? this.t('composer.too_long', { max: this.max }) : nothing}</p>
      <div class="below">
        ${this.person
          ? html`<button type="button" class="other" @click=${() => this.fire('person')}>
              ${icons.support}${this.t('person.ask')}
            </button>`
          : nothing}
        ${this.call
          ? html`<button type="button" class="other" @click=${() => this.fire('call')}>${icons.phone}${this.t('call')}</button>`
          : nothing}
        <span id="count" class=${over ? 'count over' : 'count'} role="status">${left <= COUNT_FROM ? count : nothing}</span>
      </div>
    `;
  }

  protected override willUpdate(): void {
    if (!this.hasUpdated) this.text = this.draft;
  }

  protected override updated(): void {
    this.area.style.blockSize = 'auto';
    const { scrollHeight } = this.area;
    // While the panel is hidden nothing has a height.
    if (scrollHeight > 0) this.area.style.blockSize = `${scrollHeight}px`;
  }

  private onInput(): void {
    this.put(this.area.value);
    if (this.text) this.fire('typed');
  }

  private put(text: string): void {
    this.text = text;
    if (lengthOf(text.trim()) <= this.max) this.refused = false;
    this.fire('draft', text);
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
    if (lengthOf(text) > this.max) {
      this.refused = true;
      return;
    }
    this.put('');
    this.fire('send', text);
    this.focus();
  }
}

define('firstline-composer', Composer);
