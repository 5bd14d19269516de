/** The desk as one page: which phase it is in, its three columns, its dialogs and its keyboard. */

import { html } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';

import { appStyles } from './app-styles.ts';
import './chat.ts';
import type { Chat } from './chat.ts';
import './context.ts';
import { deepActive, type DeskDialog } from './dialog.ts';
import './help-dialog.ts';
import { icon } from './icons.ts';
import { numberText, t } from './i18n.ts';
import './inbox-message.ts';
import type { InboxMessage } from './inbox-message.ts';
import './lists.ts';
import { customerName, reasonText } from './names.ts';
import { Part, type Ask } from './part.ts';
import { isOpen } from './queue.ts';
import './resolve-dialog.ts';
import './settings/invitation.ts';
import { settingsPage, takeInvitation } from './settings/route.ts';
import './settings/settings.ts';
import './settings/watching.ts';
import { commandFor, takesText, type Command } from './shortcuts.ts';
import './sign-in.ts';
import './sign-out-dialog.ts';
import { hasLiveCall, isMine, isSupervisor, selectedHandoff, sorted, unread, type Pane } from './state.ts';
import './top-bar.ts';
import './transfer-dialog.ts';

const PANES: readonly Pane[] = ['lists', 'chat', 'context'];
/** A window that shows one part at a time, as in app-styles.ts. */
const NARROW = matchMedia('(max-width: 900px)');

@customElement('fl-desk')
export class DeskApp extends Part {
  static override styles = [Part.styles, appStyles];

  @query('fl-chat') private readonly chat!: Chat | null;
  @query('fl-help-dialog') private readonly help!: DeskDialog;
  @query('fl-transfer-dialog') private readonly transfer!: DeskDialog;
  @query('fl-resolve-dialog') private readonly resolve!: DeskDialog;
  @query('fl-sign-out-dialog') private readonly signOut!: DeskDialog;
  @query('fl-inbox-message') private readonly message!: InboxMessage | null;
  @state() private narrow = NARROW.matches;

  /** The token of a one-time link, by which the page was opened. */
  @state() private invitation = takeInvitation();

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('keydown', this.pressed);
    window.addEventListener('online', this.online);
    window.addEventListener('hashchange', this.moved);
    NARROW.addEventListener('change', this.resized);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('keydown', this.pressed);
    window.removeEventListener('online', this.online);
    window.removeEventListener('hashchange', this.moved);
    NARROW.removeEventListener('change', this.resized);
  }

  override render() {
    const { phase } = this.deskState;
    if (this.invitation !== null) return html`<fl-invitation .desk=${this.desk} .token=${this.invitation}></fl-invitation>`;
    if (phase === 'signed-out') return html`<fl-sign-in .desk=${this.desk}></fl-sign-in>${this.sound()}${this.toasts()}`;
    if (phase === 'starting') {
      return html`<main class="alone">
        <h1>${t('app.title')}</h1>
        <p role="status">${t('app.starting')}</p>
      </main>`;
    }
    if (phase === 'unreachable') {
      return html`<main class="alone">
        <h1>${t('app.title')}</h1>
        <p role="alert">${t('app.unreachable')}</p>
        <button class="button" @click=${() => void this.desk.start()}>${t('app.try_again')}</button>
      </main>`;
    }
    return this.ready();
  }

  private ready() {
    const { connection, contextOpen, view } = this.deskState;
    const settings = settingsPage(location.hash);
    const inbox = view === 'inbox';
    // Beside a message that was left there is nothing of a handoff's evidence.
    const pane = inbox && this.deskState.pane === 'context' ? 'chat' : this.deskState.pane;
    // A window that shows one part only has its main part there.
    const main = this.narrow ? pane : 'chat';
    const heading = (part: Pane, text: string) =>
      part === main && part !== 'chat' ? html`<h1 class="visually-hidden">${text}</h1>` : null;
    return html`
      ${settings
        ? null
        : html`<nav aria-label=${t('app.skip')}><button class="skip" @click=${this.skip}>${t('app.skip')}</button></nav>`}
      <fl-top-bar
        .desk=${this.desk}
        @fl-help=${() => void this.help.show()}
        @fl-sign-out=${() => void this.signOut.show()}
      ></fl-top-bar>
      ${connection === 'lost'
        ? html`<div class="connection" role="alert">
            ${icon('warn')}<span>${t('connection.lost')}</span>
            <button class="button small" @click=${() => this.desk.reconnect()}>${t('connection.retry')}</button>
          </div>`
        : null}
      <fl-watching .desk=${this.desk}></fl-watching>
      ${settings ? html`<fl-settings .desk=${this.desk} .page=${settings}></fl-settings>` : null}
      <div
        ?hidden=${settings !== null}
        class="columns ${contextOpen && !inbox ? 'with-context' : ''} ${this.deskState.letters ? '' : 'no-letters'}"
        data-pane=${pane}
        data-view=${view}
        data-connection=${connection}
        @fl-ask=${this.asked}
        @fl-insert=${(event: CustomEvent<string>) => void this.insert(event.detail)}
      >
        <div
          class="lists"
          role=${main === 'lists' ? 'main' : 'navigation'}
          aria-label=${t(inbox ? 'inbox.title' : 'lists.label')}
        >
          ${heading('lists', t(inbox ? 'inbox.title' : 'lists.label'))}<fl-lists .desk=${this.desk}></fl-lists>
        </div>
        <div
          id="chat"
          role=${main === 'chat' ? 'main' : 'region'}
          tabindex="-1"
          aria-label=${t(inbox ? 'inbox.message' : 'chat.label')}
        >
          ${inbox
            ? html`<fl-inbox-message .desk=${this.desk}></fl-inbox-message>`
            : html`<fl-chat .desk=${this.desk}></fl-chat>`}
        </div>
        <div
          class="context"
          role=${main === 'context' ? 'main' : 'complementary'}
          aria-label=${t('context.label')}
        >
          ${heading('context', t('context.label'))}<fl-context .desk=${this.desk}></fl-context>
        </div>
      </div>
      ${settings ? null : this.paneTabs()}
      <fl-help-dialog .desk=${this.desk}></fl-help-dialog>
      <fl-transfer-dialog .desk=${this.desk}></fl-transfer-dialog>
      <fl-resolve-dialog .desk=${this.desk}></fl-resolve-dialog>
      <fl-sign-out-dialog .desk=${this.desk}></fl-sign-out-dialog>
      <div class="visually-hidden" role="alert">
        ${sorted(this.deskState).offers.map((offer) =>
          t(hasLiveCall(offer) ? 'offer.call_arrived' : 'offer.arrived', {
            name: customerName(offer),
            reason: reasonText(offer.reason),
          }),
        )}
      </div>
      ${this.sound()} ${this.toasts()}
    `;
  }

  /** The caller's voice: it goes on while other conversations are read, and while a session that ended is renewed. */
  private sound() {
    return html`<audio autoplay .srcObject=${this.deskState.call?.sound ?? null}></audio>`;
  }

  /** The parts as tabs, on windows too narrow for columns. */
  private paneTabs() {
    const { pane, view } = this.deskState;
    const panes = view === 'inbox' ? PANES.slice(0, 2) : PANES;
    const { offers, mine, queue } = sorted(this.deskState);
    const news = mine.reduce((total, handoff) => total + unread(this.deskState, handoff), 0);
    const counts: Record<Pane, number> = { lists: view === 'inbox' ? 0 : offers.length + queue.length + news, chat: 0, context: 0 };
    return html`<nav class="tabs" aria-label=${t('pane.label')}>
      ${panes.map(
        (name) => html`<button
          aria-pressed=${name === pane ? 'true' : 'false'}
          @click=${() => this.desk.store.set({ pane: name })}
        >
          ${icon(({ lists: 'inbox', chat: 'chat', context: 'info' } as const)[name])}
          ${view === 'chats' ? t(`pane.${name}`) : t(name === 'lists' ? 'inbox.title' : 'inbox.message')}
          ${counts[name] > 0 ? html`<span class="badge number">${numberText(counts[name])}</span>` : null}
        </button>`,
      )}
    </nav>`;
  }

  private toasts() {
    return html`<div class="toasts" role="status">
      ${repeat(
        this.deskState.toasts,
        (toast) => toast.id,
        (toast) => html`<div class="toast ${toast.kind}">
          <span>${toast.text}</span>
          <button
            class="button quiet icon"
            aria-label=${t('toast.dismiss')}
            @click=${() => this.desk.dismiss(toast.id)}
          >
            ${icon('close')}
          </button>
        </div>`,
      )}
    </div>`;
  }

  private readonly pressed = (event: KeyboardEvent): void => {
    if (this.deskState.phase !== 'ready' || event.defaultPrevented || settingsPage(location.hash)) return;
    if ([this.help, this.transfer, this.resolve, this.signOut].some((dialog) => dialog.isOpen)) return;
    const active = deepActive();
    const idle = active === null || active === document.body;
    const offer = sorted(this.deskState).offers[0];
    if (event.key === 'Enter' && idle && offer && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      void this.accept(offer.id);
      return;
    }
    const command = commandFor(event, takesText(active), this.deskState.letters);
    if (!command) return;
    event.preventDefault();
    this.run(command);
  };

  /** What the keyboard asks for in the inbox; false for what is no matter of its. */
  private runInInbox(command: Command): boolean {
    const { inbox } = this.deskState;
    if (command === 'next' || command === 'previous') this.desk.inbox.move(command === 'next' ? 1 : -1);
    else if (command === 'accept' && inbox.detail?.state === 'open') void this.message?.take(inbox.detail.id);
    else if (command === 'reply') this.message?.write();
    else return !['accept', 'decline', 'inbox', 'help', 'mute', 'hold'].includes(command);
    return true;
  }

  private run(command: Command): void {
    const offered = sorted(this.deskState).offers.length > 0 && (command === 'accept' || command === 'decline');
    if (this.deskState.view === 'inbox' && !offered && this.runInInbox(command)) return;
    const state = this.deskState;
    const handoff = selectedHandoff(state);
    const mine = handoff !== null && isMine(state, handoff);
    const mayChange = mine || (handoff !== null && isOpen(handoff) && isSupervisor(state));
    const offer = sorted(state).offers.find((each) => each.id === state.selected) ?? sorted(state).offers[0];
    switch (command) {
      case 'next':
      case 'previous':
        this.desk.work.move(command === 'next' ? 1 : -1);
        break;
      case 'accept':
        if (offer) void this.accept(offer.id);
        else if (handoff?.state === 'queued') void this.accept(handoff.id);
        break;
      case 'decline':
        if (offer) void this.desk.work.decline(offer.id);
        break;
      case 'reply':
      case 'note':
        this.chat?.withComposer((composer) => composer.write(command));
        break;
      case 'canned':
        if (mine) this.chat?.withComposer((composer) => composer.openCanned());
        break;
      case 'transfer':
      case 'resolve':
        if (mayChange) void (command === 'transfer' ? this.transfer : this.resolve).show();
        break;
      case 'mute':
        this.desk.calls.toggleMute();
        break;
      case 'hold':
        if (state.call?.phase === 'on') void this.desk.calls.toggleHold(state.call.handoff);
        break;
      case 'context':
        this.desk.setPreferences({ contextOpen: !state.contextOpen });
        break;
      case 'inbox':
        if (state.view === 'inbox') this.desk.store.set({ view: 'chats' });
        else this.desk.inbox.show();
        break;
      case 'help':
        void this.help.show();
    }
  }

  private readonly asked = ({ detail: { what, id } }: CustomEvent<Ask>): void => {
    if (what === 'accept') void this.accept(id);
    else this.run(what);
  };

  private async accept(id: string): Promise<void> {
    const handoff = this.deskState.handoffs[id];
    const { calls, work } = this.desk;
    const isCall = handoff !== undefined && hasLiveCall(handoff);
    // To a caller one talks: the letters stay the shortcuts of the call.
    if (isCall) await calls.accept(id);
    else if (await work.accept(id)) this.chat?.withComposer((composer) => composer.write('reply'));
  }

  private async insert(text: string): Promise<void> {
    this.desk.store.set({ pane: 'chat' });
    await this.updateComplete;
    this.chat?.withComposer((composer) => composer.insert(text));
  }

  private readonly moved = (): void => {
    this.invitation = takeInvitation() ?? this.invitation;
    this.requestUpdate();
  };

  private readonly resized = (): void => {
    this.narrow = NARROW.matches;
  };

  private readonly online = (): void => this.desk.reconnect();

  private readonly skip = (): void => {
    if (this.narrow) this.desk.store.set({ pane: 'chat' });
    this.renderRoot.querySelector<HTMLElement>('#chat')?.focus();
  };
}
