/** A call from the browser: it rings, is talked in, is keyed in, and ends. Loaded when the customer first calls. */

import { html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';

import { clock } from '../../../shared/format.ts';
import { KEYS, LETTERS, phoneKey } from '../../../shared/phone/keys.ts';
import { AudioLink, LinkFailed } from '../../../shared/phone/link.ts';
import type { LinkTrouble } from '../../../shared/phone/link.ts';
import { MicrophoneFailed, closeMicrophone, openMicrophone } from '../../../shared/phone/microphone.ts';
import type { MicrophoneTrouble } from '../../../shared/phone/microphone.ts';
import { PanelElement, define, styles } from '../element.ts';
import { icons } from '../icons.ts';

import styleText from './call.css?inline';

export type CallPhase = 'microphone' | 'ringing' | 'connected' | 'ended' | 'failed';
type Trouble = MicrophoneTrouble | LinkTrouble | 'lost';

/** So many of the keys pressed are shown. */
const SHOWN_KEYS = 16;

/** Calls as soon as it is on the page. Events: `phase` with each new one, `close` when the customer is done with it. */
export class Call extends PanelElement {
  static override styles = styles(styleText);

  /** Where the offer goes. */
  @property({ attribute: false }) url!: string;
  @property({ attribute: false }) language!: string;

  @state() private phase: CallPhase = 'microphone';
  @state() private trouble: Trouble | null = null;
  @state() private muted = false;
  @state() private keypad = false;
  @state() private keyed = '';
  @state() private sound: MediaStream | null = null;
  /** When the call was put through and when it ended, in ms of the page's clock. */
  @state() private began: number | null = null;
  @state() private over: number | null = null;
  private link: AudioLink | null = null;
  private microphone: MediaStream | null = null;
  private ticking: ReturnType<typeof setInterval> | undefined;
  /** Grows with each call and each end, so that what was awaited meanwhile is known to be of no more use. */
  private turn = 0;
  private hadFocus = false;

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener('keydown', this.onKey);
    addEventListener('pagehide', this.hangUp);
    void this.call();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('pagehide', this.hangUp);
    this.link?.hangUp();
    this.release();
  }

  override focus(): void {
    this.renderRoot.querySelector<HTMLElement>('.end, .answers .primary')?.focus();
  }

  /** Closes the keypad; false when it was not open. */
  closeKeypad(): boolean {
    if (!this.keypad) return false;
    this.keypad = false;
    this.renderRoot.querySelector<HTMLElement>('.keys')?.focus();
    return true;
  }

  override render(): TemplateResult {
    const { t, phase, trouble } = this;
    const failed = phase === 'failed';
    const isOn = phase === 'microphone' || phase === 'ringing' || phase === 'connected';
    return html`
      <section
        class="card ${phase}"
        aria-label=${t('call.title')}
        tabindex="-1"
      >
        <div class="row">
          <span class="sign" aria-hidden="true">${failed ? icons.warning : phase === 'ended' ? icons.hangUp : icons.phone}</span>
          <div class="words">
            <p role="status">${failed && trouble ? t(`call.error.${trouble}`) : t(`call.${phase as Exclude<CallPhase, 'failed'>}`)}</p>
            ${this.began === null ? nothing : html`<span class="time" role="timer">${this.length}</span>`}
          </div>
          ${phase === 'connected' ? this.renderTools() : nothing}
          ${isOn
            ? html`<button type="button" class="round end" aria-label=${t('call.hang_up')} title=${t('call.hang_up')} @click=${this.hangUp}>
                ${icons.hangUp}
              </button>`
            : nothing}
        </div>
        ${phase === 'connected' && this.keypad ? this.renderKeypad() : nothing}
        ${isOn ? nothing : this.renderAnswers()}
        <audio autoplay .srcObject=${live(this.sound)}></audio>
      </section>
    `;
  }

  private get length(): string {
    return clock(((this.over ?? performance.now()) - (this.began ?? 0)) / 1000);
  }

  private renderTools(): TemplateResult {
    const { t, muted, keypad } = this;
    return html`
      <button type="button" class="round" aria-label=${t('call.mute')} title=${t('call.mute')} aria-pressed=${muted ? 'true' : 'false'} @click=${this.toggleMute}>
        ${muted ? icons.microphoneOff : icons.microphone}
      </button>
      <button type="button" class="round keys" aria-label=${t('call.keypad')} title=${t('call.keypad')} aria-expanded=${keypad ? 'true' : 'false'} @click=${this.toggleKeypad}>
        ${icons.keypad}
      </button>
    `;
  }

  private renderKeypad(): TemplateResult {
    return html`
      <div class="keypad" role="group" aria-label=${this.t('call.keypad')}>
        <output class="keyed" aria-label=${this.t('call.keyed')}>${this.keyed}</output>
        ${KEYS.map(
          (key) => html`<button type="button" class="key" @click=${() => this.press(key)}>
            ${key}${LETTERS[key] ? html`<small aria-hidden="true">${LETTERS[key]}</small>` : nothing}
          </button>`,
        )}
      </div>
    `;
  }

  private renderAnswers(): TemplateResult {
    const { t } = this;
    const failed = this.phase === 'failed';
    return html`
      <div class="answers">
        <button type="button" class="button ${failed ? 'primary' : ''}" @click=${this.call}>${t('call.again')}</button>
        <button type="button" class="button ${failed ? '' : 'primary'}" @click=${() => this.fire('close')}>${t('call.close')}</button>
      </div>
    `;
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('phase')) this.hadFocus = Boolean(this.shadowRoot?.activeElement);
  }

  protected override updated(changed: PropertyValues): void {
    if (!changed.has('phase')) return;
    this.fire('phase', this.phase);
    // The button that had the focus may be gone.
    if (this.hadFocus && !this.shadowRoot?.activeElement) this.focus();
  }

  // --- the call ------------------------------------------------------------------------------------------

  private async call(): Promise<void> {
    const turn = ++this.turn;
    Object.assign(this, { phase: 'microphone', trouble: null, began: null, over: null, keyed: '', muted: false, keypad: false });
    try {
      const microphone = await openMicrophone();
      if (turn !== this.turn) {
        closeMicrophone(microphone);
        return;
      }
      this.microphone = microphone;
      this.phase = 'ringing';
      this.link = new AudioLink(microphone, {
        sound: (stream) => (this.sound = stream),
        connected: () => this.onConnected(),
        ended: () => this.end(),
        lost: () => this.fail('lost'),
      });
      await this.link.open({ url: this.url, language: this.language });
    } catch (error) {
      if (!(error instanceof MicrophoneFailed || error instanceof LinkFailed)) throw error;
      if (turn === this.turn) this.fail(error.code);
    }
  }

  private onConnected(): void {
    this.phase = 'connected';
    this.began = performance.now();
    this.ticking = setInterval(() => this.requestUpdate(), 1_000);
  }

  private readonly hangUp = (): void => {
    this.link?.hangUp();
    this.end();
  };

  private end(): void {
    this.release();
    this.phase = 'ended';
  }

  private fail(trouble: Trouble): void {
    this.release();
    this.trouble = trouble;
    this.phase = 'failed';
  }

  private release(): void {
    this.turn++;
    clearInterval(this.ticking);
    if (this.microphone) closeMicrophone(this.microphone);
    if (this.began !== null) this.over ??= performance.now();
    this.microphone = null;
    this.link = null;
    this.sound = null;
  }

  // --- while it lasts ------------------------------------------------------------------------------------

  private press(key: string): void {
    this.link?.press(key);
    this.keyed = (this.keyed + key).slice(-SHOWN_KEYS);
  }

  private toggleMute(): void {
    this.muted = !this.muted;
    for (const track of this.microphone?.getAudioTracks() ?? []) track.enabled = !this.muted;
  }

  private toggleKeypad(): void {
    this.keypad = !this.keypad;
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && this.closeKeypad()) {
      event.stopPropagation();
      return;
    }
    const key = phoneKey(event);
    if (this.phase !== 'connected' || key === undefined || event.repeat) return;
    event.preventDefault();
    this.keypad = true;
    this.press(key);
  };
}

define('firstline-call', Call);
