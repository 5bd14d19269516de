/** What comes from the server: fetched whole after each (re)connect, kept current by what is pushed. */

import { ApiError } from './api.ts';
import type { Desk } from './desk.ts';
import type { LiveHandlers } from './live.ts';
import { merge } from './messages.ts';
import { isOpen } from './queue.ts';
import { handoffOf, isMine, isSupervisor, newThread, type Thread } from './state.ts';
import { clockSkew } from './time.ts';
import type { HandoffView, Message } from './types.ts';

/** A push of "typing" that is not taken back holds this long. */
const TYPING_MS = 6_000;
const RECENT = 20;

export class Feed {
  readonly #desk: Desk;
  readonly #typing = new Map<string, ReturnType<typeof setTimeout>>();
  /** Pushes that arrived while a fetch was under way, which they may be newer than. */
  #pushed: Map<string, HandoffView | null> | null = null;
  #again = false;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  /** What to do with each push. */
  handlers(): LiveHandlers {
    const { store } = this.#desk;
    return {
      connected: () => {
        store.set({ connection: 'live' });
        void this.refresh();
        this.#desk.outbox.flush();
      },
      lost: (refused) => {
        store.set({ connection: 'lost' });
        if (refused) void this.#desk.checkSession();
      },
      handoff: (view) => this.take(view),
      handoff_gone: ({ id }) => this.drop(id),
      offer: (view) => this.take(view),
      offer_withdrawn: ({ id }) => this.#withdrawn(id),
      message: ({ conversation_id, message }) => {
        this.hear(conversation_id, [message]);
        if (message.kind === 'call_transfer_failed') this.#desk.calls.transferFailed(conversation_id, message);
      },
      context_changed: ({ conversation_id, handoff_id }) => {
        if (store.state.threads[conversation_id]?.context) void this.loadContext(handoff_id);
      },
      presence: (agent) => {
        const others = store.state.agents.filter((known) => known.id !== agent.id);
        const me = store.state.me?.id === agent.id ? agent : store.state.me;
        store.set({ agents: [...others, agent], me });
      },
      account_changed: () => void this.refresh(),
      typing: ({ conversation_id, active }) => this.#setTyping(conversation_id, active),
      message_left: (message) => this.#desk.inbox.hear(message),
    };
  }

  /** Fetches the open handoffs and every open conversation anew. Runs once more if asked meanwhile. */
  async refresh(): Promise<void> {
    if (this.#pushed) {
      this.#again = true;
      return;
    }
    this.#pushed = new Map();
    await this.#desk.attempt(() => this.#fetchAll());
    this.#pushed = null;
    if (this.#again) {
      this.#again = false;
      await this.refresh();
    }
  }

  async #fetchAll(): Promise<void> {
    const { api, store } = this.#desk;
    void this.#desk.inbox.refresh();
    const [views, agents, queues, dispositions, canned, recent, titles] = await Promise.all([
      api.openHandoffs(),
      api.agents(),
      api.queues(),
      api.dispositions(),
      api.cannedReplies(),
      api.recentHandoffs(),
      api.titles(),
    ]);
    const newest = new Map<string, HandoffView | null>(views.map((view) => [view.id, view]));
    for (const [id, pushed] of this.#pushed ?? []) newest.set(id, pushed);
    const open = [...newest.values()].filter((view) => view !== null).filter(isOpen);
    const handoffs = Object.fromEntries(open.map((view) => [view.id, view]));
    const me = agents.find((agent) => agent.id === store.state.me?.id) ?? store.state.me;
    store.set({ handoffs, agents, queues, dispositions, canned, recent, titles, me });
    this.#measureSkew(views);
    this.#desk.work.keepSelection();
    void this.#desk.calls.restore();
    const shown = open.filter(
      (view) => isMine(store.state, view) || (view.id === store.state.selected && this.#desk.work.mayRead(view)),
    );
    await Promise.all(shown.map((view) => this.loadThread(view)));
  }

  /** Fetches whom one can transfer to, and how busy they are now. */
  async refreshTargets(): Promise<void> {
    const { api, store } = this.#desk;
    await this.#desk.attempt(async () => {
      const [queues, agents] = await Promise.all([api.queues(), api.agents()]);
      store.set({ queues, agents });
    });
  }

  /** A handoff in its newest form. */
  take(view: HandoffView): void {
    const { store } = this.#desk;
    this.#pushed?.set(view.id, view);
    if (!isOpen(view)) {
      this.drop(view.id);
      this.#keepRecent(view);
      return;
    }
    const before = store.state.handoffs[view.id];
    store.set({ handoffs: { ...store.state.handoffs, [view.id]: view } });
    this.#measureSkew([view]);
    const becameMine = isMine(store.state, view) && !(before && isMine(store.state, before));
    if (becameMine || (store.state.selected === view.id && before?.state !== view.state)) {
      void this.loadThread(view);
    }
  }

  /** What was resolved, newest first; it may be rated only later. */
  #keepRecent(view: HandoffView): void {
    const { store } = this.#desk;
    if (view.state !== 'resolved') return;
    if (view.agent_id !== store.state.me?.id && !isSupervisor(store.state)) return;
    const others = store.state.recent.filter((known) => known.id !== view.id);
    const recent = [view, ...others].sort((a, b) => (b.ended_at ?? 0) - (a.ended_at ?? 0));
    store.set({ recent: recent.slice(0, RECENT) });
  }

  /** A handoff that is over, or no longer this agent's to see. */
  drop(id: string): void {
    const { store } = this.#desk;
    this.#pushed?.set(id, null);
    const gone = store.state.handoffs[id];
    if (!gone) return;
    store.set({
      handoffs: without(store.state.handoffs, id),
      threads: without(store.state.threads, gone.conversation_id),
    });
    this.#desk.work.keepSelection();
  }

  /** Messages of a conversation, in whatever order and number they come. */
  hear(conversationId: string, messages: readonly Message[]): void {
    const thread = this.#desk.store.state.threads[conversationId];
    for (const message of messages) this.#desk.outbox.confirm(message.message_id);
    if (!thread) return;
    this.patch(conversationId, { messages: merge(thread.messages, messages) });
    if (messages.some((message) => message.author === 'customer')) this.#setTyping(conversationId, false);
    this.#desk.work.markRead();
  }

  /** Fetches a conversation, its evidence and its customer. */
  async loadThread(view: HandoffView): Promise<void> {
    const { api, store } = this.#desk;
    const id = view.conversation_id;
    const known = store.state.threads[id] ?? newThread(id, this.#desk.memory?.seen(id) ?? 0);
    store.set({ threads: { ...store.state.threads, [id]: { ...known, loading: true, error: null } } });
    try {
      const fetched = await api.conversation(id);
      const joined = fetched.messages.findLast((message) => message.kind === 'agent_joined')?.sequence ?? 0;
      const seen = store.state.threads[id]?.seen ?? 0;
      // What was said before anybody joined was never unread: it is the context.
      this.patch(id, { language: fetched.language, loading: false, seen: seen > 0 ? seen : joined });
      this.hear(id, fetched.messages);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.patch(id, { loading: false, error: error.message });
      if (error.status === 401) this.#desk.expire();
      return;
    }
    await this.loadContext(view.id);
  }

  async loadContext(handoffId: string): Promise<void> {
    const { api, store } = this.#desk;
    const id = handoffOf(store.state, handoffId)?.conversation_id;
    if (id === undefined) return;
    try {
      const context = await api.context(handoffId);
      this.patch(id, { context, contextError: null });
      const customer = context.customer?.id;
      if (customer !== undefined) this.patch(id, { contact: await api.contact(customer) });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.patch(id, { contextError: error.message });
    }
  }

  patch(conversationId: string, patch: Partial<Thread>): void {
    const { store } = this.#desk;
    const thread = store.state.threads[conversationId];
    if (thread) store.set({ threads: { ...store.state.threads, [conversationId]: { ...thread, ...patch } } });
  }

  #withdrawn(id: string): void {
    const { api, store } = this.#desk;
    const view = store.state.handoffs[id];
    if (view?.state !== 'offered' || view.offered_to !== store.state.me?.id) return;
    this.take({ ...view, state: 'queued', offered_to: null, offer_expires_at: null });
    void api.handoff(id).then(
      (fresh) => this.take(fresh),
      () => this.drop(id),
    );
  }

  #setTyping(conversationId: string, active: boolean): void {
    clearTimeout(this.#typing.get(conversationId));
    this.patch(conversationId, { typing: active });
    if (active) {
      const end = setTimeout(() => this.patch(conversationId, { typing: false }), TYPING_MS);
      this.#typing.set(conversationId, end);
    }
  }

  #measureSkew(views: readonly HandoffView[]): void {
    const view = views.find((each) => each.state === 'queued' || each.state === 'offered');
    if (view) this.#desk.store.set({ skew: clockSkew(view, this.#desk.now()) });
  }
}

function without<T>(record: Readonly<Record<string, T>>, key: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([other]) => other !== key));
}
