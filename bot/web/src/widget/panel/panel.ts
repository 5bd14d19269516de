/** The chat panel: a dialog that leaves the site usable on a desktop, and fills the screen of a phone. */

import { html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { property, query, state } from 'lit/decorators.js';

import { directionOf } from '../../shared/language.ts';
import type { Button } from '../../shared/protocol.ts';
import { sheet, tokenStyles } from '../../shared/styles.ts';
import { lengthOf } from '../contract.ts';
import type { PanelHost } from '../contract.ts';

import type { Call, CallPhase } from './call/call.ts';
import type { ChatClient } from './client.ts';
import type { Composer } from './composer.ts';
import { PanelElement, define, styles } from './element.ts';
import type { PanelHeader } from './header.ts';
import { icons } from './icons.ts';
import type { MessageLog } from './messages.ts';
import styleText from './panel.css?inline';
import { callAddress } from './phone.ts';
import type { Rating } from './rating.ts';
import type { KeptValues } from './storage.ts';
import { FullScreen } from './viewport.ts';
import './composer.ts';
import './header.ts';
import './messages.ts';
import './rating.ts';
import './waiting.ts';

/** A short break of the connection is nothing to talk about. */
const PATIENCE_MS = 1_500;
const NOTICE_MS = 4_000;
const DRAFT = 'draft';

export class ChatPanel extends PanelElement {
  static override styles = [sheet(':host { all: initial; }'), tokenStyles, ...styles(styleText)];

  @property({ attribute: false }) host!: PanelHost;
  @property({ attribute: false }) client!: ChatClient;
  @property({ attribute: false }) kept!: KeptValues;
  @property({ attribute: false }) tab!: KeptValues;
  @property({ type: Boolean }) sound = false;

  /** What is said about the connection, once it has been away for a while. */
  @state() private trouble: 'lost' | 'offline' | 'refused' | null = null;
  /** A word that passes: connected again, thanks for the rating, that did not work. */
  @state() private notice: string | null = null;
  @state() private asksRestart = false;
  /** Where customers call, once it is known; null where they cannot. */
  @state() private callAddress: string | null = null;
  @state() private calling = false;
  @query('firstline-header') private readonly header!: PanelHeader;
  @query('firstline-messages') private readonly log!: MessageLog;
  @query('firstline-composer') private readonly composer!: Composer;
  @query('firstline-call') private readonly call!: Call | null;
  private asked: Promise<string | null> | undefined;
  private troubleTimer: ReturnType<typeof setTimeout> | undefined;
  private noticeTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly fullScreen = new FullScreen(this, () => this.requestUpdate());

  override connectedCallback(): void {
    super.connectedCallback();
    const { settings } = this.host;
    this.lang = settings.language;
    this.dir = directionOf(settings.language);
    this.dataset.side = settings.side;
    if (settings.theme) this.dataset.theme = settings.theme;
    if (settings.colour) {
      this.style.setProperty('--brand', settings.colour.brand);
      this.style.setProperty('--on-brand', settings.colour.onBrand);
    }
    // The reader's own font size, whatever the site makes of its rem.
    this.style.setProperty('--unit', getComputedStyle(this).fontSize);
    this.client.addEventListener('change', () => this.onChange());
    this.addEventListener('keydown', (event) => this.onKey(event));
    document.addEventListener('visibilitychange', () => this.onChange());
    this.onChange();
  }

  get isOpen(): boolean {
    return !this.hidden;
  }

  show({ focus }: { focus: boolean }): void {
    this.hidden = false;
    // What was open on the page before is there at once, and does not open again.
    this.toggleAttribute('data-still', !focus);
    this.fullScreen.start();
    this.onChange();
    this.asked ??= callAddress(this.host.settings.server).then((address) => (this.callAddress = address));
    void this.updateComplete.then(() => {
      this.log.scrollToEnd();
      if (focus) this.focusInside();
    });
  }

  /** Says something as the customer; what is too long to be sent is left to them to shorten. */
  say(text: string): void {
    if (lengthOf(text.trim()) > this.host.maxLength) this.composer.refuse(text);
    else this.send(text);
  }

  hide(): void {
    this.hidden = true;
    this.fullScreen.stop();
  }

  override render(): TemplateResult {
    const { t, client, host } = this;
    const { settings } = host;
    const { state: conversation, entries } = client;
    const holder = conversation?.holder ?? 'bot';
    const fresh = entries.length === 0;
    return html`
      <section
        class="frame"
        role="dialog"
        tabindex="-1"
        aria-modal=${this.fullScreen.active ? 'true' : 'false'}
        aria-label=${settings.siteName ? t('dialog.with', { site: settings.siteName }) : t('dialog')}
      >
        <firstline-header
          .t=${t}
          .conversation=${conversation}
          .siteName=${settings.siteName}
          .transcript=${!fresh}
          .sound=${this.sound}
          .person=${holder === 'bot' || holder === 'closed'}
          @close=${() => host.close()}
          @person=${this.askForPerson}
          @sound=${this.toggleSound}
          @restart=${this.askRestart}
          @transcript=${() => void this.attempt(this.downloadTranscript())}
        ></firstline-header>
        <div class="notices" role="status">${this.renderNotice()}</div>
        ${this.asksRestart ? this.renderRestart() : nothing}
        <firstline-messages
          .t=${t}
          .entries=${entries}
          .replies=${client.quickReplies}
          .suggestions=${fresh ? settings.suggestions : []}
          .greeting=${settings.greeting ?? t('greeting')}
          .typing=${client.theirTyping.current}
          .loaded=${client.loaded}
          .server=${settings.server}
          @reply=${(event: CustomEvent<Button>) => this.send(event.detail.payload, event.detail.title)}
          @suggest=${(event: CustomEvent<string>) => this.say(event.detail)}
          @retry=${(event: CustomEvent<string>) => client.retry(event.detail)}
          @discard=${(event: CustomEvent<string>) => this.discard(event.detail)}
        >
          ${this.mayRate
            ? html`<firstline-rating .t=${t} @rate=${this.rate} @skip=${this.skipRating}></firstline-rating>`
            : nothing}
        </firstline-messages>
        ${holder === 'queue'
          ? html`<firstline-waiting .t=${t} .handoff=${conversation?.handoff ?? null} @cancel=${this.cancelHandoff}></firstline-waiting>`
          : nothing}
        ${this.calling
          ? html`<firstline-call
              .t=${t}
              .url=${this.callAddress}
              .language=${settings.language}
              @phase=${(event: CustomEvent<CallPhase>) => this.onCall(event.detail)}
              @close=${this.closeCall}
            ></firstline-call>`
          : nothing}
        <firstline-composer
          .t=${t}
          .person=${holder === 'bot' || holder === 'closed'}
          .call=${this.callAddress !== null && !this.calling}
          .max=${host.maxLength}
          .draft=${this.tab.get(DRAFT) ?? ''}
          @person=${this.askForPerson}
          @call=${this.startCall}
          @send=${(event: CustomEvent<string>) => this.send(event.detail)}
          @typed=${() => client.typed()}
          @draft=${(event: CustomEvent<string>) => this.keepDraft(event.detail)}
        ></firstline-composer>
      </section>
    `;
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('notice') && this.notice) {
      clearTimeout(this.noticeTimer);
      this.noticeTimer = setTimeout(() => (this.notice = null), NOTICE_MS);
    }
  }

  // --- what is shown -------------------------------------------------------------------------------------

  private renderNotice(): TemplateResult | typeof nothing {
    const { t, trouble, notice } = this;
    if (trouble) {
      return html`
        <p class="trouble">
          ${icons.warning}<span>${t(`connection.${trouble}`)}</span>
          ${trouble === 'refused'
            ? html`<button type="button" class="link" @click=${() => this.client.reconnect()}>${t('delivery.retry')}</button>`
            : nothing}
        </p>
      `;
    }
    return notice ? html`<p class="notice">${notice}</p>` : nothing;
  }

  private renderRestart(): TemplateResult {
    const { t } = this;
    return html`
      <div class="question" role="group" aria-label=${t('menu.restart')}>
        <p id="restart">${t('restart.question')}</p>
        <button type="button" class="button primary" aria-describedby="restart" @click=${this.restart}>${t('restart.yes')}</button>
        <button type="button" class="button plain" @click=${this.closeRestart}>${t('cancel')}</button>
      </div>
    `;
  }

  private get mayRate(): boolean {
    const { state } = this.client;
    return state !== null && state.may_rate && this.kept.get('unrated') !== ratedThing(state);
  }

  // --- what the customer does ----------------------------------------------------------------------------

  private send(message: string, title?: string): void {
    this.log.scrollToEnd();
    this.client.send(message, title);
    this.composer.focus();
  }

  private keepDraft(text: string): void {
    if (text) this.tab.set(DRAFT, text);
    else this.tab.remove(DRAFT);
  }

  private discard(messageId: string): void {
    this.client.discard(messageId);
    this.composer.focus();
  }

  private askForPerson(): void {
    void this.attempt(this.client.askForPerson());
    this.composer.focus();
  }

  private cancelHandoff(): void {
    void this.attempt(this.client.cancelHandoff());
    this.composer.focus();
  }

  private async startCall(): Promise<void> {
    try {
      await import('./call/call.ts');
    } catch {
      this.notice = this.t('failed');
      return;
    }
    this.calling = true;
    await this.updateComplete;
    await this.call?.updateComplete;
    this.call?.focus();
  }

  private onCall(phase: CallPhase): void {
    if (phase !== 'microphone') this.host.emit('call', { phase });
  }

  private closeCall(): void {
    this.calling = false;
    this.composer.focus();
  }

  private async rate(event: CustomEvent<Rating>): Promise<void> {
    const { score, comment } = event.detail;
    if (await this.attempt(this.client.rate(score, comment))) this.notice = this.t('rating.thanks');
    this.composer.focus();
  }

  private skipRating(): void {
    if (this.client.state) this.kept.set('unrated', ratedThing(this.client.state));
    this.requestUpdate();
    this.composer.focus();
  }

  private toggleSound(): void {
    this.sound = !this.sound;
    this.kept.set('sound', this.sound ? 'on' : 'off');
  }

  private async downloadTranscript(): Promise<void> {
    const address = URL.createObjectURL(await this.client.transcript());
    const link = document.createElement('a');
    link.href = address;
    link.download = 'transcript.txt';
    link.click();
    // The browser has begun to read it by then.
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  }

  private askRestart(): void {
    this.asksRestart = true;
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('.question .primary')?.focus());
  }

  private closeRestart(): void {
    this.asksRestart = false;
    this.composer.focus();
  }

  private restart(): void {
    this.client.restart();
    this.closeRestart();
  }

  private async attempt(doing: Promise<void>): Promise<boolean> {
    try {
      await doing;
      return true;
    } catch {
      this.notice = this.t('failed');
      return false;
    }
  }

  // --- the world around ----------------------------------------------------------------------------------

  private onChange(): void {
    this.requestUpdate();
    this.followConnection();
    if (this.isOpen && document.visibilityState === 'visible' && this.client.loaded) this.client.markRead();
    this.host.setUnread(this.client.unread);
  }

  private followConnection(): void {
    const { connection } = this.client;
    if (connection === 'online' || connection === 'connecting') {
      clearTimeout(this.troubleTimer);
      this.troubleTimer = undefined;
      if (this.trouble && connection === 'online') this.notice = this.t('connection.back');
      this.trouble = null;
    } else if (this.trouble || connection === 'offline') {
      this.trouble = connection;
    } else {
      this.troubleTimer ??= setTimeout(() => {
        this.troubleTimer = undefined;
        const now = this.client.connection;
        if (now !== 'online' && now !== 'connecting') this.trouble = now;
      }, PATIENCE_MS);
    }
  }

  private focusInside(): void {
    // On a touch screen the keyboard would cover half of what the customer opened the chat to see.
    if (matchMedia('(pointer: coarse)').matches) this.renderRoot.querySelector<HTMLElement>('.frame')?.focus();
    else this.composer.focus();
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape' && !event.isComposing) {
      event.stopPropagation();
      if (this.header.closeMenu()) return;
      if (this.asksRestart) this.closeRestart();
      else this.host.close();
    }
    if (event.key === 'Tab' && this.fullScreen.active) this.fullScreen.keepFocus(event);
  }
}

/** Each conversation's end is rated, or declined, once. */
function ratedThing({ conversation_id, handoff }: { conversation_id: string; handoff: { id: string } | null }): string {
  return `${conversation_id}/${handoff?.id ?? ''}`;
}

define('firstline-panel', ChatPanel);
