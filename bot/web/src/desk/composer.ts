/** Where the agent writes: a reply to the customer or a note to colleagues, with canned replies behind `/`. */

import { css, html, nothing } from 'lit';
import type { PropertyValues } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';

import { cannedList, cannedStyles } from './canned-list.ts';
import { fillIn, findCanned, slashQuery, type SlashQuery } from './canned.ts';
import { icon } from './icons.ts';
import { t } from './i18n.ts';
import { customerName } from './names.ts';
import { Part } from './part.ts';
import { hasLiveCall, isMine } from './state.ts';
import type { CannedReply, HandoffView } from './types.ts';

const LONGEST = 4_000;
/** The customer's "is typing" lasts a little longer than this. */
const TYPING_EVERY_MS = 3_000;

@customElement('fl-composer')
export class Composer extends Part {
  static override styles = [
    Part.styles,
    cannedStyles,
    css`
      form {
        position: relative;
        max-inline-size: 808px;
        margin-inline: auto;
        padding: 0 var(--space-5) var(--space-4);
      }

      .box {
        border: 1px solid var(--border-strong);
        border-radius: var(--radius-md);
        background: var(--surface);
      }

      .box:focus-within {
        border-color: var(--focus);
        box-shadow: 0 0 0 1px var(--focus);
      }

      .note .box {
        background: var(--note-tint);
      }

      textarea {
        display: block;
        inline-size: 100%;
        min-block-size: 60px;
        max-block-size: 40vh;
        padding: var(--space-2) var(--space-3);
        border: 0;
        background: none;
        font-size: var(--text-md);
        resize: none;
        field-sizing: content;
      }

      textarea:focus-visible {
        outline: none;
      }

      .bar {
        display: flex;
        align-items: center;
        gap: var(--space-1);
        padding: var(--space-1);
      }

      .modes {
        display: flex;
        gap: 2px;
      }

      .hint {
        flex: 1;
        padding-inline: var(--space-2);
        font-size: var(--text-xs);
        text-align: end;
      }

      @media (max-width: 900px) {
        form {
          padding: 0 var(--space-2) var(--space-2);
        }

        .hint span {
          display: none;
        }

        textarea {
          /* Smaller text makes phones zoom in. */
          font-size: 1rem;
        }
      }
    `,
  ];

  @property({ attribute: false }) handoff!: HandoffView;
  @state() private text = '';
  @state() private note = false;
  @state() private slash: SlashQuery | undefined;
  @state() private active = 0;
  @query('textarea') private readonly area!: HTMLTextAreaElement;
  #typedAt = 0;

  override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get('handoff');
    if (changed.has('handoff') && before?.conversation_id !== this.handoff.conversation_id) {
      const draft = this.desk.memory?.draft(this.handoff.conversation_id);
      this.text = draft?.text ?? '';
      this.note = draft?.note ?? false;
      this.slash = undefined;
      this.#typedAt = 0;
    }
  }

  /** Whether a reply may be written; those who only watch write notes. */
  private get mayReply(): boolean {
    return isMine(this.deskState, this.handoff);
  }

  private get isNote(): boolean {
    return this.note || !this.mayReply;
  }

  private get found(): CannedReply[] {
    const language = this.deskState.threads[this.handoff.conversation_id]?.language ?? this.handoff.language;
    return this.slash && !this.isNote ? findCanned(this.deskState.canned, this.slash.query, language) : [];
  }

  override render() {
    const found = this.found;
    const open = this.slash !== undefined && !this.isNote && this.deskState.canned.length > 0;
    const over = Array.from(this.text).length - LONGEST;
    const name = customerName(this.handoff);
    const spoken = !this.isNote && hasLiveCall(this.handoff);
    return html`<form class=${this.isNote ? 'note' : ''} @submit=${this.submitted}>
      ${open ? cannedList(found, this.active, (reply) => this.insertCanned(reply)) : null}
      <div class="box">
        <textarea
          rows="2"
          dir="auto"
          enterkeyhint="send"
          aria-label=${this.isNote ? t('composer.note_label') : t('composer.label', { name })}
          aria-autocomplete="list"
          aria-controls=${open ? 'canned' : nothing}
          aria-activedescendant=${open && found.length > 0 ? `canned-${this.active}` : nothing}
          placeholder=${t(this.isNote ? 'composer.note_placeholder' : spoken ? 'composer.call_placeholder' : 'composer.placeholder')}
          .value=${this.text}
          @input=${this.typed}
          @keydown=${this.pressed}
          @click=${this.look}
          @blur=${() => (this.slash = undefined)}
        ></textarea>
        <div class="bar">
          <div class="modes" role="group" aria-label=${t('composer.mode')}>
            ${this.mayReply
              ? html`<button
                  type="button"
                  class="button quiet small"
                  aria-pressed=${this.isNote ? 'false' : 'true'}
                  @click=${() => this.setNote(false)}
                >
                  ${t('composer.reply')}
                </button>`
              : null}
            <button
              type="button"
              class="button quiet small"
              aria-pressed=${this.isNote ? 'true' : 'false'}
              @click=${() => this.setNote(true)}
            >
              ${icon('note')}${t('composer.note')}
            </button>
          </div>
          <span class="hint ${over > 0 ? 'error' : 'muted'}" role="status">
            ${over > 0 ? t('composer.too_long', { count: over }) : html`<span>${t(spoken ? 'composer.call_hint' : 'composer.hint')}</span>`}
          </span>
          <button class="button primary" ?disabled=${!this.text.trim() || over > 0}>
            ${t(this.isNote ? 'composer.add_note' : spoken ? 'composer.speak' : 'composer.send')}
          </button>
        </div>
      </div>
      <span class="visually-hidden" role="status">
        ${open ? (found.length > 0 ? t('canned.found', { count: found.length }) : t('canned.empty')) : ''}
      </span>
    </form>`;
  }

  /** Puts the caret into the text, in the mode asked for. */
  write(mode: 'reply' | 'note'): void {
    this.setNote(mode === 'note');
  }

  /** Opens the canned replies. */
  openCanned(): void {
    this.setNote(false);
    this.insert(this.text && !/\s$/.test(this.text) ? ' /' : '/');
  }

  /** Puts `text` where the caret is. */
  insert(text: string): void {
    const area = this.area;
    this.replace(area.selectionStart, area.selectionEnd, text);
  }

  private setNote(note: boolean): void {
    this.note = note;
    this.slash = undefined;
    this.keep();
    this.area.focus();
  }

  private replace(start: number, end: number, text: string): void {
    this.text = this.text.slice(0, start) + text + this.text.slice(end);
    this.area.value = this.text;
    this.area.focus();
    this.area.setSelectionRange(start + text.length, start + text.length);
    this.keep();
    this.look();
  }

  private insertCanned(reply: CannedReply): void {
    const slash = this.slash;
    if (!slash) return;
    const names = { customer_name: this.handoff.customer?.name ?? null, agent_name: this.deskState.me?.name ?? null };
    this.replace(slash.start, slash.start + slash.query.length + 1, fillIn(reply.text, names));
    this.slash = undefined;
  }

  private readonly typed = (): void => {
    this.text = this.area.value;
    this.keep();
    this.look();
    this.tellTyping();
  };

  private readonly look = (): void => {
    const slash = slashQuery(this.area.value, this.area.selectionStart);
    if (slash?.query !== this.slash?.query) this.active = 0;
    this.slash = slash;
  };

  private readonly pressed = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    const found = this.found;
    const reply = found[this.active];
    if (this.slash && reply && !event.ctrlKey && !event.metaKey) {
      const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (move !== undefined && !event.altKey) {
        event.preventDefault();
        this.active = (this.active + move + found.length) % found.length;
        return;
      }
      if (event.key === 'Enter' || (event.key === 'Tab' && !event.shiftKey)) {
        event.preventDefault();
        this.insertCanned(reply);
        return;
      }
    }
    if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      if (this.slash) this.slash = undefined;
      else this.area.blur();
    } else if (event.key === 'Enter' && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      void this.send();
    }
  };

  private readonly submitted = (event: SubmitEvent): void => {
    event.preventDefault();
    void this.send();
  };

  private async send(): Promise<void> {
    const text = this.text.trim();
    if (!text || Array.from(text).length > LONGEST) return;
    const id = this.handoff.conversation_id;
    if (this.isNote) {
      const kept = this.text;
      this.clear();
      if (!(await this.desk.work.note(id, text))) this.giveBack(id, kept);
    } else {
      this.desk.work.say(id, text);
      this.desk.typing(id, false);
      this.clear();
    }
  }

  /** A note that could not be written comes back, in front of what was typed since. */
  private giveBack(conversationId: string, text: string): void {
    const since = this.desk.memory?.draft(conversationId).text ?? '';
    const draft = { text: since ? `${text}\n${since}` : text, note: true };
    this.desk.memory?.keepDraft(conversationId, draft);
    if (this.handoff.conversation_id === conversationId) this.text = draft.text;
  }

  /** The mode stays: a second note must not reach the customer. */
  private clear(): void {
    this.text = '';
    this.slash = undefined;
    this.#typedAt = 0;
    this.keep();
    this.area.focus();
  }

  private keep(): void {
    this.desk.memory?.keepDraft(this.handoff.conversation_id, { text: this.text, note: this.note });
  }

  private tellTyping(): void {
    const now = Date.now();
    if (this.isNote || !this.text.trim() || now - this.#typedAt < TYPING_EVERY_MS) return;
    this.#typedAt = now;
    this.desk.typing(this.handoff.conversation_id, true);
  }
}
