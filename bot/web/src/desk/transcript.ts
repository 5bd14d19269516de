/** The lines of a conversation, the last one in sight; what the context panel points at is marked. */

import { css, html } from 'lit';
import type { PropertyValues } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';

import { dayKey, dayName } from '../shared/format.ts';
import { icon } from './icons.ts';
import { locale, t } from './i18n.ts';
import { line, pendingLine } from './line.ts';
import { lineStyles } from './line-styles.ts';
import { lastSequence, lineAt, pressedButton } from './messages.ts';
import { customerName } from './names.ts';
import { Part } from './part.ts';
import { threadOf, type DeskState, type Thread } from './state.ts';
import type { HandoffView, Message } from './types.ts';

/** Lines of one author within this many seconds stand together under one name. */
const RUN_SECONDS = 300;
const NEAR_END_PX = 60;

type Pointed = NonNullable<DeskState['pointed']>;

@customElement('fl-transcript')
export class Transcript extends Part {
  static override styles = [
    Part.styles,
    lineStyles,
    css`
      :host {
        position: relative;
        min-block-size: 0;
      }

      #log {
        block-size: 100%;
        padding: var(--space-4) var(--space-5);
        overflow-y: auto;
        overscroll-behavior: contain;
      }

      #log:focus-visible {
        outline-offset: -2px;
      }

      .column {
        display: flex;
        flex-direction: column;
        max-inline-size: 760px;
        margin-inline: auto;
      }

      .latest {
        position: absolute;
        inset-block-end: var(--space-3);
        inset-inline: 0;
        inline-size: fit-content;
        margin-inline: auto;
        border-radius: var(--radius-full);
        background: var(--surface-raised);
        box-shadow: var(--shadow-md);
      }
    `,
  ];

  @property({ attribute: false }) handoff!: HandoffView;
  @state() private atEnd = true;
  @query('#log') private readonly log!: HTMLElement | null;
  /** The log is hidden on narrow windows, and shrinks when the composer grows: the last line stays in sight. */
  readonly #resized = new ResizeObserver(() => {
    if (this.atEnd) this.toEnd();
  });
  #shown = '';
  #watched: HTMLElement | null = null;
  #pointed: Pointed | null = null;
  #wasAtEnd = false;
  /** Of the log's content when its end was last shown, in px. */
  #height = 0;

  override render() {
    const thread = threadOf(this.deskState, this.handoff);
    if (!thread) return null;
    const name = customerName(this.handoff);
    const unsent = this.deskState.outbox.filter((pending) => pending.conversation_id === thread.id);
    return html`
      <div id="log" role="log" aria-label=${t('log.label')} tabindex="0" @scroll=${this.scrolled}>
        <div class="column">
          ${repeat(
            thread.messages,
            (message) => message.sequence,
            (message, index) => this.entry(thread, message, index, name),
          )}
          ${repeat(
            unsent,
            (pending) => pending.message_id,
            (pending) =>
              pendingLine(pending, {
                retry: () => this.desk.outbox.retry(pending.message_id),
                discard: () => this.desk.outbox.discard(pending.message_id),
              }),
          )}
          ${thread.typing ? html`<p class="typing">${t('log.typing', { name })}<i></i><i></i><i></i></p>` : null}
        </div>
      </div>
      ${this.atEnd || this.#pointed
        ? null
        : html`<button class="button latest" @click=${() => this.toEnd()}>${icon('down')}${t('log.latest')}</button>`}
    `;
  }

  private entry(thread: Thread, message: Message, index: number, customer: string) {
    const before = thread.messages[index - 1];
    const newDay = !before || dayKey(before.timestamp) !== dayKey(message.timestamp);
    const first =
      newDay ||
      before.author !== message.author ||
      before.name !== message.name ||
      message.timestamp - before.timestamp > RUN_SECONDS;
    const pointed = this.pointed(thread);
    return html`${newDay
      ? html`<div class="day">${dayName(message.timestamp, this.desk.now(), locale())}</div>`
      : null}${line(message, {
      first,
      pointed: pointed?.sequence === message.sequence ? pointed : null,
      pressed: pressedButton(thread.messages, index),
      customer,
    })}`;
  }

  override updated(changed: PropertyValues): void {
    super.updated(changed);
    const { outbox } = this.deskState;
    const thread = threadOf(this.deskState, this.handoff);
    if (!thread) return;
    if (this.log && this.#watched !== this.log) {
      this.#watched = this.log;
      this.#resized.observe(this.log);
      // Lines get their height a moment later than the log has them.
      if (this.log.firstElementChild) this.#resized.observe(this.log.firstElementChild);
    }
    const pointed = this.pointed(thread);
    const mine = outbox.filter((pending) => pending.conversation_id === thread.id).length;
    const shown = `${thread.id} ${lastSequence(thread.messages)} ${mine} ${thread.typing ? 1 : 0}`;
    const another = !this.#shown.startsWith(`${thread.id} `);
    if (shown !== this.#shown) {
      this.#shown = shown;
      if (another || (this.atEnd && !pointed)) this.toEnd();
    }
    this.follow(pointed);
  }

  /** Brings what is pointed at into sight, and goes back to where the agent was reading. */
  private follow(pointed: Pointed | null): void {
    if (pointed) {
      if (!this.#pointed) this.#wasAtEnd = this.atEnd;
      if (pointed.held) this.#wasAtEnd = false;
      if (pointed.sequence !== this.#pointed?.sequence) {
        this.renderRoot.querySelector(`[data-sequence='${pointed.sequence}']`)?.scrollIntoView({ block: 'nearest' });
      }
    } else if (this.#pointed && this.#wasAtEnd) this.toEnd();
    this.#pointed = pointed;
  }

  private pointed(thread: Thread): Pointed | null {
    const { pointed } = this.deskState;
    const sequence = pointed && lineAt(thread.messages, pointed.sequence);
    return pointed && sequence !== undefined && sequence !== null ? { ...pointed, sequence } : null;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized.disconnect();
    this.#watched = null;
  }

  private toEnd(): void {
    if (!this.log) return;
    this.#height = this.log.scrollHeight;
    this.log.scrollTop = this.#height;
    this.atEnd = true;
  }

  private readonly scrolled = (): void => {
    if (!this.log?.clientHeight) return;
    const { scrollHeight, scrollTop, clientHeight } = this.log;
    // Not the agent scrolled away: the lines grew.
    if (this.atEnd && scrollHeight !== this.#height) this.toEnd();
    else this.atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  };
}
