/** What the agent does with handoffs and conversations. */

import { ApiError, type Resolution, type Transfer } from './api.ts';
import type { Desk } from './desk.ts';
import { t } from './i18n.ts';
import { isOpen } from './queue.ts';
import { handoffOf, isMine, isSupervisor, readUpTo, selectedHandoff, sorted, step, type Pane } from './state.ts';
import type { HandoffView } from './types.ts';

export class Work {
  readonly #desk: Desk;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  /** Opens a handoff in the middle. */
  select(id: string, pane: Pane = 'chat'): void {
    const { store, memory, feed } = this.#desk;
    const view = handoffOf(store.state, id);
    if (!view) return;
    store.set({ selected: id, view: 'chats', pane, pointed: null });
    if (memory) memory.selected = id;
    if (this.mayRead(view) && !store.state.threads[view.conversation_id]?.messages.length) {
      void feed.loadThread(view);
    }
    this.markRead();
  }

  move(by: 1 | -1): void {
    const id = step(this.#desk.store.state, by);
    if (id !== undefined) this.select(id);
  }

  /** After handoffs came or went: keeps what is open, or opens the agent's first conversation. */
  keepSelection(): void {
    const { store, memory } = this.#desk;
    const { handoffs, selected, view } = store.state;
    if (selected !== null && handoffOf(store.state, selected)) return;
    // Whoever answers messages is not to be taken away from them.
    if (view === 'inbox') return;
    const kept = memory?.selected ?? null;
    if (kept !== null && handoffs[kept]) this.select(kept, store.state.pane);
    else this.#selectMine();
  }

  /** Whether the server lets this agent read the conversation: their own, offered to them, or any for a supervisor. */
  mayRead(view: HandoffView): boolean {
    const { state } = this.#desk.store;
    const { me } = state;
    const wasMine = !isOpen(view) && view.agent_id === me?.id;
    return isSupervisor(state) || isMine(state, view) || wasMine || view.offered_to === me?.id;
  }

  markRead(): void {
    const { store, feed, memory } = this.#desk;
    const view = selectedHandoff(store.state);
    const thread = view && store.state.threads[view.conversation_id];
    if (!thread || document.visibilityState === 'hidden') return;
    const seen = readUpTo(thread);
    if (seen === thread.seen) return;
    feed.patch(thread.id, { seen });
    memory?.keepSeen(thread.id, seen);
  }

  async accept(id: string): Promise<boolean> {
    return this.#change(id, async (api) => {
      const view = await api.accept(id);
      this.#desk.feed.take(view);
      this.select(id);
    });
  }

  async decline(id: string): Promise<boolean> {
    return this.#change(id, async (api) => {
      this.#desk.feed.take(await api.decline(id));
    });
  }

  async transfer(id: string, transfer: Transfer): Promise<boolean> {
    return this.#change(id, async (api) => {
      this.#left(id, await api.transfer(id, transfer));
      this.#desk.toast(t('toast.transferred'));
    });
  }

  async resolve(id: string, resolution: Resolution): Promise<boolean> {
    return this.#change(id, async (api) => {
      this.#left(id, await api.resolve(id, resolution));
      this.#desk.toast(t(resolution.return_to_bot ? 'toast.returned' : 'toast.resolved'));
    });
  }

  say(conversationId: string, text: string): void {
    this.#desk.outbox.add({
      message_id: crypto.randomUUID(),
      conversation_id: conversationId,
      text,
      created_at: this.#desk.now(),
    });
  }

  /** False when it was not written: the text then stays with the composer. */
  async note(conversationId: string, text: string): Promise<boolean> {
    const written = await this.#desk.attempt(() => this.#desk.api.note(conversationId, text));
    if (written) this.#desk.feed.hear(conversationId, [written]);
    return written !== undefined;
  }

  /** The conversation left the agent's hands: what they were writing in it is of no more use. */
  #left(id: string, view: HandoffView): void {
    const { store, memory, feed } = this.#desk;
    memory?.keepDraft(view.conversation_id, { text: '', note: false });
    const seesAll = isSupervisor(store.state);
    if (seesAll || view.state === 'queued') feed.take(view);
    else feed.drop(id);
    if (store.state.selected === id && !seesAll) this.#selectMine();
  }

  /** Opens the agent's first conversation, or none. */
  #selectMine(): void {
    const { store } = this.#desk;
    const next = sorted(store.state).mine[0];
    if (next) this.select(next.id, store.state.pane);
    else store.set({ selected: null, pane: 'lists' });
  }

  async #change(id: string, run: (api: Desk['api']) => Promise<void>): Promise<boolean> {
    const { store, feed, api } = this.#desk;
    if (store.state.busy.includes(id)) return false;
    store.set({ busy: [...store.state.busy, id] });
    const done = await this.#desk.attempt(async () => {
      try {
        await run(api);
        return true;
      } catch (error) {
        if (!(error instanceof ApiError) || ![403, 404, 409].includes(error.status)) throw error;
        this.#desk.toast(error.code === 'handoff.taken' ? t('toast.taken') : error.message, 'error');
        await api.handoff(id).then(
          (view) => feed.take(view),
          () => feed.drop(id),
        );
        return false;
      }
    });
    store.set({ busy: store.state.busy.filter((other) => other !== id) });
    return done ?? false;
  }
}
