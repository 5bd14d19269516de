/** The desk behind its pages: who is signed in, and the parts that do the work. */

import { Api, ApiError } from './api.ts';
import { Calls } from './calls.ts';
import { Feed } from './feed.ts';
import { Inbox } from './inbox.ts';
import { t } from './i18n.ts';
import { loadPreferences, savePreferences, TabMemory, type Preferences } from './keeping.ts';
import { Live } from './live.ts';
import { Outbox } from './outbox.ts';
import { forgotten, INITIAL, type DeskState } from './state.ts';
import { Store } from './store.ts';
import type { Agent, Presence } from './types.ts';
import { Work } from './work.ts';

const TOAST_MS = 5_000;

export class Desk {
  readonly store: Store<DeskState>;
  readonly feed: Feed;
  readonly work: Work;
  readonly inbox: Inbox;
  readonly outbox: Outbox;
  readonly calls: Calls;
  preferences: Preferences;
  memory: TabMemory | null = null;
  #live: Live | null = null;
  #toasts = 0;

  /** `now` gives seconds since the epoch by this machine's clock. */
  constructor(
    readonly api: Api = new Api(),
    readonly now: () => number = () => Date.now() / 1000,
  ) {
    this.preferences = loadPreferences();
    const { contextOpen, letters } = this.preferences;
    this.store = new Store<DeskState>({ ...INITIAL, contextOpen, letters });
    this.feed = new Feed(this);
    this.work = new Work(this);
    this.inbox = new Inbox(this);
    this.calls = new Calls(this);
    this.outbox = new Outbox({
      send: (pending) => this.api.say(pending.conversation_id, pending.text, pending.message_id),
      delivered: (conversationId, message) => this.feed.hear(conversationId, [message]),
      changed: (outbox) => this.store.set({ outbox }),
      signedOut: () => this.expire(),
      storage: sessionStorage,
      later: (run, ms) => setTimeout(run, ms),
    });
  }

  /** The time by the server's clock, in seconds. */
  serverNow(): number {
    return this.now() - this.store.state.skew;
  }

  /** Finds out who is signed in. */
  async start(): Promise<void> {
    try {
      this.#enter(await this.api.whoAmI());
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 401) this.store.set({ phase: 'signed-out', demo: error.body.demo === true });
      else this.store.set({ phase: 'unreachable' });
    }
  }

  /** Signs in. Throws ApiError when refused. */
  async signIn(login: string, password: string): Promise<void> {
    this.#enter(await this.api.signIn(login, password));
  }

  async signOut(): Promise<void> {
    const done = await this.attempt(async () => {
      await this.api.signOut();
      return true;
    });
    if (!done) return;
    this.calls.leave();
    this.memory?.clear();
    this.outbox.clear();
    this.#leave();
    this.store.set(forgotten(this.store.state));
    this.store.set({ phase: 'signed-out' });
  }

  /** The session ended by itself: the drafts stay in this tab for the next sign-in. */
  expire(): void {
    if (this.store.state.phase !== 'ready') return;
    this.#leave();
    this.store.set({ phase: 'signed-out', expired: true });
  }

  /** Asks whether the session still holds, after the socket was refused. */
  async checkSession(): Promise<void> {
    const me = await this.attempt(() => this.api.whoAmI());
    if (me) setTimeout(() => this.#live?.reconnect(), 2_000);
  }

  reconnect(): void {
    this.#live?.reconnect();
    this.outbox.flush();
  }

  async setPresence(presence: Presence): Promise<void> {
    const before = this.store.state.me;
    if (!before || before.presence === presence) return;
    this.store.set({ me: { ...before, presence } });
    const me = await this.attempt(() => this.api.setPresence(presence));
    this.store.set({ me: me ?? before });
  }

  setPreferences(preferences: Partial<Preferences>): void {
    this.preferences = { ...this.preferences, ...preferences };
    savePreferences(this.preferences);
    this.store.set({ contextOpen: this.preferences.contextOpen, letters: this.preferences.letters });
  }

  /** Tells every component to render, for what is not state of the desk: the language, the clock. */
  renderAgain(): void {
    this.store.set({});
  }

  typing(conversationId: string, active: boolean): void {
    this.#live?.typing(conversationId, active);
  }

  toast(text: string, kind: 'info' | 'error' = 'info'): void {
    this.#toasts += 1;
    const toast = { id: this.#toasts, text, kind };
    this.store.set({ toasts: [...this.store.state.toasts, toast] });
    setTimeout(() => this.dismiss(toast.id), TOAST_MS);
  }

  dismiss(id: number): void {
    this.store.set({ toasts: this.store.state.toasts.filter((toast) => toast.id !== id) });
  }

  /** Runs a request; tells the agent what went wrong and gives undefined if something did. */
  async attempt<T>(run: () => Promise<T>): Promise<T | undefined> {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 401) this.expire();
      else this.toast(error.status === 0 ? t('toast.unreachable') : error.message, 'error');
      return undefined;
    }
  }

  #enter(me: Agent): void {
    // Somebody else at the same tab must not find the first agent's conversations.
    if (this.store.state.me && this.store.state.me.id !== me.id) this.store.set(forgotten(this.store.state));
    this.memory = new TabMemory(me.id);
    this.store.set({ phase: 'ready', expired: false, me, connection: 'connecting' });
    this.outbox.open(me.id);
    this.#live = new Live(this.feed.handlers());
    void this.feed.refresh();
  }

  #leave(): void {
    this.#live?.close();
    this.#live = null;
  }
}
