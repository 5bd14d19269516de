/** The messages: a log that announces what is new, and keeps to its end while the reader is there. */

import { html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';

import { dayName, fullTime, initials, timeOfDay } from '../../shared/format.ts';
import { linkify } from '../../shared/linkify.ts';
import type { Button, Message } from '../../shared/protocol.ts';

import { PanelElement, define, styles } from './element.ts';
import { icons } from './icons.ts';
import styleText from './messages.css?inline';
import { rowsOf } from './timeline.ts';
import type { Entry, Row } from './timeline.ts';

/** This near to the end, in pixels, the reader counts as being there. */
const NEAR = 60;

/** Events: `reply` with a `Button`, `suggest` with a text, `retry` and `discard` with a message id. Slot: below the messages. */
export class MessageLog extends PanelElement {
  static override styles = styles(styleText);

  @property({ attribute: false }) entries: Entry[] = [];
  @property({ attribute: false }) replies: Button[] = [];
  @property({ attribute: false }) suggestions: readonly string[] = [];
  @property({ attribute: false }) greeting = '';
  @property({ attribute: false }) typing: { author: 'bot' | 'agent'; name: string | undefined } | null = null;
  /** True once the history is there; only what comes later is announced. */
  @property({ type: Boolean }) loaded = false;
  /** Where relative image addresses start. */
  @property({ attribute: false }) server = '';

  /** Messages that came while the reader looked at earlier ones. */
  @state() private below = 0;
  @state() private live = false;
  @query('.scroller') private readonly scroller!: HTMLElement;
  private atEnd = true;
  /** How far the messages could be scrolled when last looked at, in pixels. */
  private scrollable = 0;
  private known = 0;
  private readonly sizes = new ResizeObserver(() => this.keepToEnd());

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.sizes.disconnect();
  }

  scrollToEnd(): void {
    this.atEnd = true;
    this.below = 0;
    this.keepToEnd();
  }

  override render(): TemplateResult {
    const { t } = this;
    return html`
      <div class="scroller" role="group" aria-label=${t('log')} tabindex="0" @scroll=${this.onScroll}>
        <div class="content">
          <div
            class="log"
            role="log"
            aria-label=${t('log')}
            aria-live=${this.live ? 'polite' : 'off'}
            aria-relevant="additions"
            aria-busy=${this.loaded ? 'false' : 'true'}
          >
            ${this.greeting ? this.renderGreeting() : nothing}
            ${repeat(
              rowsOf(this.entries),
              (row) => row.key,
              (row) => this.renderRow(row),
            )}
          </div>
          ${this.renderReplies()}
          <div class="status" role="status">${this.typing ? this.renderTyping(this.typing) : nothing}</div>
          <slot></slot>
        </div>
      </div>
      ${this.below > 0
        ? html`<button type="button" class="button below" @click=${this.scrollToEnd}>
            ${icons.down} ${t('latest.new', { count: this.below })}
          </button>`
        : nothing}
    `;
  }

  protected override firstUpdated(): void {
    this.sizes.observe(this.scroller);
    const content = this.scroller.firstElementChild;
    if (content) this.sizes.observe(content);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('entries')) return;
    const last = this.entries.at(-1)?.message;
    const added = this.entries.length - this.known;
    this.known = this.entries.length;
    if (last?.author === 'customer') this.atEnd ||= added > 0;
    else if (added > 0 && !this.atEnd) this.below += added;
  }

  protected override updated(): void {
    this.keepToEnd();
    // Switched on a frame after the history is there, or a screen reader would read all of it.
    if (this.loaded && !this.live) requestAnimationFrame(() => (this.live = true));
    if (!this.loaded) this.live = false;
  }

  private keepToEnd(): void {
    const { scroller } = this;
    if (this.atEnd) scroller.scrollTop = scroller.scrollHeight;
    this.scrollable = scroller.scrollHeight - scroller.clientHeight;
  }

  private onScroll(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    // Something grew or shrank: that is not the reader who scrolls away from the end.
    if (scrollHeight - clientHeight !== this.scrollable) {
      this.keepToEnd();
      return;
    }
    this.atEnd = scrollHeight - scrollTop - clientHeight < NEAR;
    if (this.atEnd) this.below = 0;
  }

  private renderGreeting(): TemplateResult {
    return html`
      <div class="group-start message theirs">
        ${picture('bot', null)}
        <div class="body"><p class="bubble" dir="auto">${this.greeting}</p></div>
      </div>
    `;
  }

  private renderRow(row: Row): TemplateResult {
    const { language } = this.t;
    switch (row.kind) {
      case 'day':
        return html`<p class="day"><span>${dayName(row.timestamp, Date.now() / 1000, language)}</span></p>`;
      case 'line':
        return html`<p class="line">${this.lineText(row.message)}</p>`;
      case 'message':
        return this.renderMessage(row.entry, row.first, row.last);
    }
  }

  private renderMessage({ message, delivery }: Entry, first: boolean, last: boolean): TemplateResult {
    const own = message.author === 'customer';
    const name = this.nameOf(message);
    return html`
      <div class="message ${own ? 'own' : 'theirs'} ${first ? 'group-start' : ''} ${delivery ?? ''}">
        ${own ? nothing : first ? picture(message.author, message.name) : html`<span class="picture none"></span>`}
        <div class="body">
          ${first && message.author === 'agent'
            ? html`<p class="name" dir="auto">${name}</p>`
            : html`<span class="visually-hidden">${name}: </span>`}
          ${message.text ? html`<p class="bubble" dir="auto">${linked(message.text)}</p>` : nothing}
          ${this.renderImage(message, name)} ${last || (delivery && delivery !== 'delivered') ? this.renderMeta(message, delivery) : nothing}
        </div>
      </div>
    `;
  }

  private renderMeta(message: Message, delivery: Entry['delivery']): TemplateResult | typeof nothing {
    const { t } = this;
    const id = message.message_id ?? '';
    if (delivery === 'failed') {
      return html`
        <div class="meta failure" role="alert">
          ${icons.warning}${t('delivery.failed')}
          <button type="button" class="link" @click=${() => this.fire('retry', id)}>${t('delivery.retry')}</button>
          <button type="button" class="link" @click=${() => this.fire('discard', id)}>${t('delivery.discard')}</button>
        </div>
      `;
    }
    return html`
      <div class="meta">
        <time title=${fullTime(message.timestamp, t.language)}>${timeOfDay(message.timestamp, t.language)}</time>
        ${delivery
          ? html`<span class="delivery" role="img" aria-label=${t(`delivery.${delivery}`)} title=${t(`delivery.${delivery}`)}>
              ${delivery === 'sending' ? icons.clock : icons.check}
            </span>`
          : nothing}
      </div>
    `;
  }

  private renderImage(message: Message, name: string): TemplateResult | typeof nothing {
    const address = imageAddress(message.image, this.server);
    if (!address) return nothing;
    const { t } = this;
    return html`
      <a class="image" href=${address} target="_blank" rel="noopener noreferrer" title=${t('image.open')}>
        <img src=${address} alt=${t('image', { name })} loading="lazy" @load=${this.keepToEnd} />
      </a>
    `;
  }

  private renderReplies(): TemplateResult | typeof nothing {
    const { t, suggestions, replies } = this;
    if (replies.length === 0 && suggestions.length === 0) return nothing;
    return html`
      <div class="replies" role="group" aria-label=${t('replies')}>
        ${replies.map(
          (button) => html`
            <button type="button" class="button" dir="auto" @click=${() => this.fire('reply', button)}>${button.title}</button>
          `,
        )}
        ${suggestions.map(
          (text) => html`
            <button type="button" class="button" dir="auto" @click=${() => this.fire('suggest', text)}>${text}</button>
          `,
        )}
      </div>
    `;
  }

  private renderTyping({ author, name }: { author: 'bot' | 'agent'; name: string | undefined }): TemplateResult {
    const { t } = this;
    const words = author === 'bot' ? t('typing.assistant') : t('typing.person', { name: name ?? t('person') });
    return html`
      <div class="message theirs group-start">
        ${picture(author, name ?? null)}
        <span class="bubble dots" aria-hidden="true"><i></i><i></i><i></i></span>
        <span class="visually-hidden">${words}</span>
      </div>
    `;
  }

  private nameOf({ author, name }: Message): string {
    if (author === 'customer') return this.t('you');
    return author === 'agent' ? (name ?? this.t('person')) : this.t('assistant');
  }

  private lineText({ kind, name, text }: Message): string {
    switch (kind) {
      case 'agent_joined':
        return name ? this.t('line.joined', { name }) : this.t('line.joined.someone');
      case 'resolved':
        return this.t('line.resolved');
      case 'returned_to_bot':
        return this.t('line.returned');
      default:
        return text ?? '';
    }
  }
}

function picture(author: Message['author'], name: string | null): TemplateResult {
  const inside = author === 'agent' ? (name ? initials(name) : icons.person) : icons.assistant;
  return html`<span class="picture ${author}" aria-hidden="true">${inside}</span>`;
}

function linked(text: string): (TemplateResult | string)[] {
  return linkify(text).map((segment) =>
    segment.href === undefined
      ? segment.text
      : html`<a href=${segment.href} target="_blank" rel="noopener noreferrer nofollow">${segment.text}</a>`,
  );
}

/** Only http(s), whatever a message says. */
function imageAddress(image: string | null, server: string): string | undefined {
  if (!image || !URL.canParse(image, server)) return undefined;
  const url = new URL(image, server);
  return /^https?:$/.test(url.protocol) ? url.href : undefined;
}

define('firstline-messages', MessageLog);
