/** The call of the open conversation: how it stands, for how long, and what can be done with it. */

import { css, html, nothing } from 'lit';
import type { PropertyValues } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';

import { clock } from '../shared/format.ts';
import { KEYS, LETTERS, phoneKey } from '../shared/phone/keys.ts';
import type { OwnCall } from './calls.ts';
import { icon, type IconName } from './icons.ts';
import { t } from './i18n.ts';
import './level.ts';
import { EachSecond, Part } from './part.ts';
import { threadOf } from './state.ts';
import type { CallView, HandoffView } from './types.ts';

const SHOWN_KEYS = 16;

@customElement('fl-call-strip')
export class CallStrip extends Part {
  static override styles = [
    Part.styles,
    css`
      section {
        padding: var(--space-2) var(--space-3) var(--space-2) var(--space-4);
        padding-inline: var(--space-4) var(--space-3);
        border-block-end: 1px solid var(--border);
        background: var(--ok-tint);
      }

      section.trouble {
        background: var(--warning-tint);
      }

      section.failed {
        background: var(--danger-tint);
      }

      .row {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--space-2);
      }

      .state {
        display: flex;
        flex: 1 1 220px;
        align-items: center;
        gap: var(--space-2);
        min-inline-size: 0;
      }

      .state svg.i {
        color: var(--ok);
      }

      .trouble .state svg.i {
        color: var(--warning);
      }

      .failed .state svg.i {
        color: var(--danger);
      }

      .state p {
        font-weight: 600;
      }

      .tools {
        display: flex;
        flex-wrap: wrap;
        gap: var(--space-1);
      }

      .tools .button[aria-pressed='true'] {
        border-color: transparent;
        background: var(--text);
        color: var(--surface);
      }

      .button.end {
        border-color: transparent;
        background: var(--danger);
        color: var(--surface);
      }

      .button.end:hover:not(:disabled) {
        background: color-mix(in srgb, var(--danger) 85%, var(--text));
      }

      .keypad {
        display: grid;
        grid-template-columns: repeat(12, minmax(36px, 44px));
        gap: 4px;
        margin-block-start: var(--space-2);
        /* The keys of a telephone run from left to right in every language. */
        direction: ltr;
      }

      .keypad:dir(rtl) {
        justify-content: end;
        text-align: end;
      }

      .keypad output {
        grid-column: 1 / -1;
        min-block-size: 1.45em;
        font-variant-numeric: tabular-nums;
        letter-spacing: 0.12em;
      }

      .key {
        display: grid;
        place-content: center;
        block-size: 36px;
        padding: 0;
        border: 1px solid var(--border);
        border-radius: var(--radius-sm);
        background: var(--surface);
        font-weight: 600;
        line-height: 1.1;
        text-align: center;
      }

      .key:hover {
        background: var(--surface-hover);
      }

      .key small {
        color: var(--text-muted);
        font-size: 0.5625rem;
        font-weight: 500;
      }

      @media (max-width: 900px) {
        .keypad {
          grid-template-columns: repeat(3, minmax(0, 1fr));
          max-inline-size: 260px;
          margin-inline: auto;
        }

        .key {
          block-size: 44px;
        }

        .keypad output {
          text-align: center;
        }

        .tools .button {
          min-block-size: 40px;
        }
      }

      @media (max-width: 640px) {
        .tools {
          display: grid;
          flex: 1 1 100%;
          grid-auto-columns: 1fr;
          grid-auto-flow: column;
        }

        .tools .button {
          flex-direction: column;
          gap: 2px;
          min-block-size: 52px;
          padding: 4px;
          font-size: var(--text-xs);
          white-space: normal;
        }
      }
    `,
  ];

  @property({ attribute: false }) handoff!: HandoffView;
  @property({ attribute: false }) call!: CallView;
  @state() private keypad = false;
  @state() private keyed = '';
  @query('.keys') private readonly keys!: HTMLElement | null;

  constructor() {
    super();
    new EachSecond(this);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('handoff') && changed.get('handoff')?.id !== this.handoff.id) {
      this.keypad = false;
      this.keyed = '';
    }
  }

  override render() {
    const { call: own } = this.deskState;
    const mine = own?.handoff === this.handoff.id ? own : null;
    const { text, look, sign } = this.standing(mine);
    return html`<section class=${look} aria-label=${t('call.label')} @keydown=${this.pressed}>
      <div class="row">
        <div class="state">
          ${icon(sign)}
          <p role="status">${text}</p>
          ${mine?.phase === 'on'
            ? html`<span class="number muted" role="timer">${clock(this.desk.serverNow() - this.since)}</span>
                ${mine.muted ? null : html`<fl-level aria-hidden="true" .stream=${mine.microphone}></fl-level>`}`
            : null}
        </div>
        <div class="tools">${mine && mine.phase !== 'failed' ? this.tools(mine) : this.joinButton(mine)} ${this.endButton()}</div>
      </div>
      ${mine?.phase === 'on' && this.keypad ? this.keypadRow() : null}
    </section>`;
  }

  /** In words, by how pressing it is: what is wrong here, then what the other side does. */
  private standing(mine: OwnCall | null): { text: string; look: string; sign: IconName } {
    const { noMicrophone } = this.deskState;
    if (!mine) {
      if (noMicrophone?.handoff === this.handoff.id) {
        return { text: t(`call.error.${noMicrophone.trouble}`), look: 'failed', sign: 'warn' };
      }
      return { text: t('call.not_joined'), look: 'trouble', sign: 'phone' };
    }
    if (mine.phase === 'failed') {
      return { text: t(`call.error.${mine.trouble ?? 'unreachable'}`), look: 'failed', sign: 'warn' };
    }
    if (mine.phase !== 'on') return { text: t(`call.${mine.phase}`), look: 'trouble', sign: 'phone' };
    if (this.call.held) return { text: t(`call.held_by_${this.call.held}`), look: 'trouble', sign: 'hold' };
    return { text: t(mine.muted ? 'call.muted' : 'call.on'), look: '', sign: mine.muted ? 'microphoneOff' : 'phone' };
  }

  /** When the agent took the call, by the server's clock. */
  private get since(): number {
    const thread = threadOf(this.deskState, this.handoff);
    const joined = thread?.messages.findLast((message) => message.kind === 'agent_joined');
    return joined?.timestamp ?? this.call.started_at;
  }

  private tools(mine: OwnCall) {
    const held = this.call.held === 'agent';
    const on = mine.phase === 'on';
    return html`<button
        class="button"
        aria-pressed=${mine.muted ? 'true' : 'false'}
        title="${t('call.mute')} (M)"
        @click=${() => this.desk.calls.toggleMute()}
      >
        ${icon(mine.muted ? 'microphoneOff' : 'microphone')}${t('call.mute')} <kbd aria-hidden="true">M</kbd>
      </button>
      <button
        class="button"
        aria-pressed=${held ? 'true' : 'false'}
        title="${t('call.hold')} (H)"
        ?disabled=${!on}
        @click=${() => void this.desk.calls.toggleHold(this.handoff.id)}
      >
        ${icon('hold')}${t('call.hold')} <kbd aria-hidden="true">H</kbd>
      </button>
      <button
        class="button keys"
        aria-expanded=${this.keypad ? 'true' : 'false'}
        ?disabled=${!on}
        @click=${() => (this.keypad = !this.keypad)}
      >
        ${icon('keypad')}${t('call.keypad')}
      </button>`;
  }

  private joinButton(mine: OwnCall | null) {
    return html`<button class="button primary" @click=${() => void this.desk.calls.rejoin(this.handoff.id)}>
      ${icon('phone')}${t(mine ? 'call.try_again' : 'call.join')}
    </button>`;
  }

  private endButton() {
    return html`<button class="button end" @click=${() => void this.desk.calls.end(this.handoff.id)}>
      ${icon('hangUp')}${t('call.end')}
    </button>`;
  }

  private keypadRow() {
    return html`<div class="keypad" role="group" aria-label=${t('call.keypad')}>
      <output aria-label=${t('call.keyed')}>${this.keyed}</output>
      ${KEYS.map(
        (key) => html`<button class="key" @click=${() => this.press(key)}>
          ${key}${LETTERS[key] ? html`<small aria-hidden="true">${LETTERS[key]}</small>` : nothing}
        </button>`,
      )}
    </div>`;
  }

  private press(key: string): void {
    this.keyed = (this.keyed + key).slice(-SHOWN_KEYS);
    void this.desk.calls.press(this.handoff.id, key);
  }

  /** With the focus in here and the keypad open, the keyboard's digits are keys of the telephone. */
  private readonly pressed = (event: KeyboardEvent): void => {
    if (!this.keypad) return;
    if (event.key === 'Escape') {
      event.preventDefault();
      this.keypad = false;
      this.keys?.focus();
      return;
    }
    const key = phoneKey(event);
    if (key === undefined || event.repeat) return;
    event.preventDefault();
    this.press(key);
  };
}
