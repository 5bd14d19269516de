/** Messages left when nobody was there: fetched by page, kept current by what is pushed, answered from here. */

import { ApiError } from './api.ts';
import type { Desk } from './desk.ts';
import { t } from './i18n.ts';
import { neighbour } from './queue.ts';
import { EMPTY_INBOX, type InboxState } from './state.ts';
import type { LeftMessage } from './types.ts';

export class Inbox {
  readonly #desk: Desk;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  /** Shows the inbox in place of the conversations. */
  show(folder: InboxState['folder'] = 'waiting'): void {
    const { store } = this.#desk;
    const { inbox } = store.state;
    store.set({ view: 'inbox', pane: 'lists' });
    if (folder === inbox.folder) return;
    this.#set({ ...EMPTY_INBOX, waiting: inbox.waiting, folder });
    void this.refresh();
  }

  /** Fetches the first page anew. */
  async refresh(): Promise<void> {
    const { folder, opened } = this.#state;
    await this.#fetch(null);
    if (opened !== null && this.#state.folder === folder) await this.#loadDetail(opened);
  }

  /** Fetches the next page. */
  async more(): Promise<void> {
    if (this.#state.next !== null) await this.#fetch(this.#state.next);
  }

  /** Opens a message in the middle. */
  async open(id: number): Promise<void> {
    this.#desk.store.set({ pane: 'chat' });
    if (this.#state.opened !== id) this.#set({ opened: id, detail: null, error: null });
    await this.#loadDetail(id);
  }

  move(by: 1 | -1): void {
    const { messages, opened } = this.#state;
    const ids = messages.map((message) => String(message.id));
    const to = neighbour(ids, opened === null ? null : String(opened), by);
    if (to !== undefined) void this.open(Number(to));
  }

  async take(id: number): Promise<boolean> {
    return this.#change(id, async () => {
      const detail = await this.#desk.api.takeMessage(id);
      this.hear(detail);
      this.#set({ opened: id, detail });
    });
  }

  async release(id: number): Promise<boolean> {
    return this.#change(id, async () => this.hear(await this.#desk.api.releaseMessage(id)));
  }

  /** False when it did not go out: the text then stays where it was written. */
  async answer(id: number, text: string): Promise<boolean> {
    return this.#change(id, async () => {
      const { api, feed, store, work } = this.#desk;
      const message = await api.answerMessage(id, text);
      this.hear(message);
      this.#desk.toast(t(message.answered === 'chat' ? 'inbox.answered_chat' : 'inbox.answered_email'));
      if (message.answered !== 'chat') return;
      // The conversation is this agent's now: go on there.
      await feed.refresh();
      const handoffs = Object.values(store.state.handoffs);
      const handoff = handoffs.find((each) => each.conversation_id === message.conversation_id);
      if (handoff) work.select(handoff.id);
    });
  }

  async close(id: number, how: 'called_back' | 'done', note: string): Promise<boolean> {
    return this.#change(id, async () => {
      this.hear(await this.#desk.api.closeMessage(id, how, note));
      this.#desk.toast(t('inbox.closed'));
    });
  }

  /** A message in its newest form. */
  hear(message: LeftMessage): void {
    const state = this.#state;
    const known = state.messages.find((each) => each.id === message.id);
    const others = state.messages.filter((each) => each.id !== message.id);
    const waits = message.state !== 'answered';
    const waiting = state.folder === 'waiting' ? state.waiting + (waits ? 1 : 0) - (known ? 1 : 0) : state.waiting;
    const messages = placed(state, message, others, known !== undefined);
    const detail = state.detail?.id === message.id ? { ...state.detail, ...message } : state.detail;
    this.#set({ messages, waiting: Math.max(0, waiting), detail });
    if (state.folder === 'answered' && (waits || !known)) void this.#countWaiting();
    const changedHands = state.detail?.id === message.id && state.detail.state !== message.state;
    if (changedHands && !state.busy) void this.#loadDetail(message.id);
  }

  get #state(): InboxState {
    return this.#desk.store.state.inbox;
  }

  #set(patch: Partial<InboxState>): void {
    const { store } = this.#desk;
    store.set({ inbox: { ...store.state.inbox, ...patch } });
  }

  async #fetch(after: number | null): Promise<void> {
    const { folder } = this.#state;
    this.#set({ loading: true });
    try {
      const page = await this.#desk.api.leftMessages(folder, after);
      if (folder !== this.#state.folder) return;
      const before = after === null ? [] : this.#state.messages;
      const fresh = page.messages.filter((message) => !before.some((known) => known.id === message.id));
      this.#set({ messages: [...before, ...fresh], next: page.next, error: null });
      if (folder === 'waiting') this.#set({ waiting: page.total });
      else await this.#countWaiting();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 401) this.#desk.expire();
      this.#set({ error: error.message });
    } finally {
      this.#set({ loading: false });
    }
  }

  async #countWaiting(): Promise<void> {
    const page = await this.#desk.attempt(() => this.#desk.api.leftMessages('waiting', null));
    if (page) this.#set({ waiting: page.total });
  }

  async #loadDetail(id: number): Promise<void> {
    try {
      const detail = await this.#desk.api.leftMessage(id);
      if (this.#state.opened === id) this.#set({ detail, error: null });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 401) this.#desk.expire();
      else if (this.#state.opened === id) this.#set({ detail: null, error: error.message });
    }
  }

  async #change(id: number, run: () => Promise<void>): Promise<boolean> {
    if (this.#state.busy) return false;
    this.#set({ busy: true });
    const done = await this.#desk.attempt(async () => {
      try {
        await run();
        return true;
      } catch (error) {
        if (!(error instanceof ApiError) || ![403, 404, 409].includes(error.status)) throw error;
        this.#desk.toast(error.code === 'message.taken' ? t('toast.taken') : told(error), 'error');
        return false;
      }
    });
    this.#set({ busy: false });
    if (this.#state.opened === id) await this.#loadDetail(id);
    return done ?? false;
  }
}

/** The messages of the open folder with one in its newest form. */
function placed(state: InboxState, message: LeftMessage, others: LeftMessage[], known: boolean): readonly LeftMessage[] {
  const belongs = (message.state === 'answered') === (state.folder === 'answered');
  if (!belongs) return others;
  // What belongs on a page that was not fetched yet comes with that.
  if (state.folder === 'waiting' && !known && state.next !== null && message.id > state.next) return state.messages;
  const order = state.folder === 'waiting' ? 1 : -1;
  return [...others, message].sort((a, b) => order * (a.id - b.id));
}

function told(error: ApiError): string {
  if (error.code === 'message.no_way') return t('inbox.no_way');
  if (error.code === 'handoff.taken') return t('inbox.with_colleague');
  return error.message;
}
