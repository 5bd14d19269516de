/** A customer's conversation with the server: connects, sends, receives, and recovers what was missed. */

import type { Socket } from 'socket.io-client';

import type { Button, Message, State } from '../../shared/protocol.ts';
import { RequestFailed, connect, request } from '../../shared/socket.ts';
import type { Settings } from '../contract.ts';

import { Outbox } from './outbox.ts';
import type { Unsent } from './outbox.ts';
import { KeptValues } from './storage.ts';
import { Timeline, customerMessage } from './timeline.ts';
import type { Entry } from './timeline.ts';
import { OwnTyping, TheirTyping } from './typing.ts';

/** `offline` is what the customer's device says; `lost` is a server that cannot be reached; `refused` one that says no. */
export type Connection = 'connecting' | 'online' | 'lost' | 'offline' | 'refused';

export interface ClientEvents {
  /** Anything that is shown may have changed. */
  change: undefined;
  /** Someone wrote, now: not history. */
  message: Message;
  sent: { message_id: string; text: string };
}

/** No answer this many times in a row over a connection that stands: the message has failed. */
const TRIES = 3;
/** Refusals that pass by themselves: the same message may be taken a moment later. */
const PASSING = new Set(['rate.limited', 'database.unavailable', 'redis.unavailable']);
const PAUSE_MS = 2_000;
const REFUSED_PAUSE_MS = 30_000;
const KEY_HEADER = 'X-Conversation-Key';
/** Somewhat less than what a token proves for. */
const PROOF_MS = 50 * 60_000;

export class ChatClient extends EventTarget {
  connection: Connection = 'connecting';
  state: State | null = null;
  /** True once the history is here, so that what comes after it is new. */
  loaded = false;
  readonly theirTyping = new TheirTyping(() => this.changed());
  private readonly ownTyping = new OwnTyping((active) => this.tell('typing', { active }));
  private readonly timeline = new Timeline();
  private readonly outbox: Outbox;
  /** What entitles to the conversation: the session id of Rasa's channel. It goes into no URL. */
  private accessKey: string | null;
  private socket: Socket | undefined;
  /** All messages up to here are known for certain. Only an answer of history moves it: what arrives live may have gaps before it. */
  private knownUpTo = 0;
  private ready = false;
  private sending = false;
  private stopped = false;
  /** When the site last said who its customer is: 0 before, and after the conversation was closed. */
  private toldWhoAt = 0;
  private sentToken = false;

  constructor(
    private readonly settings: Settings,
    private readonly kept: KeptValues,
  ) {
    super();
    this.accessKey = kept.get('session');
    this.outbox = new Outbox(kept);
  }

  get entries(): Entry[] {
    return this.timeline.entries(this.outbox.all);
  }

  /** The buttons of the last message, while nothing was answered. */
  get quickReplies(): Button[] {
    const last = this.entries.at(-1)?.message;
    return last && last.author !== 'customer' ? last.buttons : [];
  }

  get unread(): number {
    return this.timeline.unreadAfter(Number(this.kept.get('read') ?? 0));
  }

  /** The conversation as a text file. Throws where it cannot be fetched. */
  async transcript(): Promise<Blob> {
    if (!this.accessKey || !this.state) throw new Error('There is no conversation.');
    const path = `api/v1/conversations/${encodeURIComponent(this.state.conversation_id)}/transcript`;
    const response = await fetch(new URL(path, this.settings.server), { headers: { [KEY_HEADER]: this.accessKey } });
    if (!response.ok) throw new Error(`The transcript could not be fetched: ${response.status}.`);
    return response.blob();
  }

  start(): void {
    this.open();
    addEventListener('online', () => {
      if (!this.stopped) this.socket?.connect();
      this.updateConnection();
    });
    addEventListener('offline', () => this.updateConnection());
    addEventListener('storage', (event) => this.onStorage(event));
  }

  send(message: string, title?: string): void {
    const trimmed = message.trim();
    if (!trimmed) return;
    this.ownTyping.stop();
    this.outbox.add({
      message_id: newId(),
      message: trimmed,
      written_at: Date.now() / 1000,
      failed: false,
      ...(title === undefined ? {} : { title }),
    });
    this.changed();
    void this.flush();
  }

  retry(messageId: string): void {
    this.outbox.setFailed(messageId, false);
    this.changed();
    void this.flush();
  }

  discard(messageId: string): void {
    this.outbox.remove(messageId);
    this.changed();
  }

  typed(): void {
    this.ownTyping.touch();
  }

  /** Everything there is has been seen. */
  markRead(): void {
    if (this.unread > 0) {
      this.kept.set('read', String(this.timeline.lastSequence));
      this.changed();
    }
  }

  /** Throws `RequestFailed`, as the two below do. */
  async askForPerson(): Promise<void> {
    this.setState((await this.request<{ state: State }>('handoff_request', {})).state);
  }

  async cancelHandoff(): Promise<void> {
    this.setState((await this.request<{ state: State }>('handoff_cancel', {})).state);
  }

  async rate(score: number, comment: string): Promise<void> {
    const payload = comment ? { score, comment } : { score };
    this.setState((await this.request<{ state: State }>('rate', payload)).state);
  }

  /** Leaves this conversation and begins another. */
  restart(): void {
    this.kept.remove('session');
    this.outbox.clear();
    this.adopt(null);
  }

  /** Leaves the server alone from now on. */
  stop(): void {
    this.stopped = true;
    this.socket?.disconnect();
  }

  reconnect(): void {
    if (this.stopped) return;
    this.socket?.disconnect().connect();
  }

  // --- the connection ------------------------------------------------------------------------------------

  private open(): void {
    const socket = connect({ server: this.settings.server });
    this.socket = socket;
    socket.on('connect', () => {
      void this.requestSession(socket);
    });
    socket.on('disconnect', () => {
      this.ready = false;
      this.theirTyping.clear();
      this.updateConnection('lost');
      this.comeBack(socket);
    });
    socket.on('connect_error', () => {
      // Socket.IO itself gives up only where the server refused the connection.
      this.updateConnection(socket.active ? 'lost' : 'refused');
      this.comeBack(socket);
    });
    socket.on('session_confirm', (accessKey: string) => void this.onSession(socket, accessKey));
    socket.on('session_error', (error?: { message?: string; hint?: string }) => this.onSessionError(socket, error));
    socket.on('bot_uttered', ({ message }: { message: Message }) => this.receive(message));
    socket.on('message', (message: Message) => this.receive(message));
    socket.on('state', (state: State) => this.setState(state));
    socket.on('typing', (typing: { active: boolean; author: 'bot' | 'agent'; name?: string }) =>
      this.theirTyping.set(typing.active, typing.author, typing.name),
    );
  }

  /** Socket.IO does not try again by itself where the server closed or refused the connection. */
  private comeBack(socket: Socket): void {
    if (socket.active || this.stopped) return;
    setTimeout(() => socket.connect(), this.connection === 'refused' ? REFUSED_PAUSE_MS : PAUSE_MS);
  }

  private async requestSession(socket: Socket): Promise<void> {
    const customData: Record<string, string> = {
      language: this.settings.language,
      // Without the query, which may hold what is nobody's business.
      page: location.origin + location.pathname,
    };
    if (this.settings.token && this.mustTellWho()) {
      this.toldWhoAt = Date.now();
      try {
        // Without one, nobody is signed in at the site: what an earlier token proved ends.
        customData.token = (await this.settings.token()) || '';
      } catch (error) {
        console.warn('Firstline: the token could not be fetched; the customer stays unknown.', error);
      }
    }
    this.sentToken = Boolean(customData.token);
    socket.emit('session_request', { ...(this.accessKey ? { session_id: this.accessKey } : {}), customData });
    setTimeout(() => {
      if (socket === this.socket && socket.connected && !this.ready) this.reconnect();
    }, 10_000);
  }

  /** A token counts once, so it is not sent at each connect: only on a new page, and before its proof runs out. */
  private mustTellWho(): boolean {
    return Date.now() - this.toldWhoAt > PROOF_MS;
  }

  /** The token is not valid, or the session that was kept is not: each is given up, in that order. */
  private onSessionError(socket: Socket, error?: { message?: string; hint?: string }): void {
    if (this.sentToken) {
      const why = [error?.message, error?.hint].filter(Boolean).join(' ');
      console.warn(`Firstline: the server refused the token; the customer stays unknown. ${why}`);
      void this.requestSession(socket);
    } else if (this.accessKey) {
      this.forget();
      this.accessKey = null;
      // Another session: who it is was told to the one that is gone.
      this.toldWhoAt = 0;
      void this.requestSession(socket);
    }
  }

  private async onSession(socket: Socket, accessKey: string): Promise<void> {
    if (this.accessKey !== null && this.accessKey !== accessKey) this.forget();
    this.accessKey = accessKey;
    this.kept.set('session', accessKey);
    try {
      await this.catchUp();
    } catch {
      // Answered by a new connection: the server that does not know the session may be another by then.
      if (socket.connected) setTimeout(() => this.reconnect(), PAUSE_MS);
      return;
    }
    this.ready = true;
    this.loaded = true;
    this.connection = 'online';
    for (const { message_id, failed } of this.outbox.all) if (failed) this.outbox.setFailed(message_id, false);
    this.changed();
    void this.flush();
  }

  private async catchUp(): Promise<void> {
    const { messages, state } = await this.request<{ messages: Message[]; state: State }>('history', {
      after: this.knownUpTo,
    });
    const isNews = this.loaded;
    for (const message of messages) this.take(message, isNews);
    this.knownUpTo = Math.max(this.knownUpTo, ...messages.map((message) => message.sequence));
    this.state = state;
  }

  private updateConnection(otherwise: Connection = 'lost'): void {
    if (!navigator.onLine) this.connection = 'offline';
    else this.connection = this.socket?.connected ? 'online' : otherwise;
    this.changed();
  }

  /** Another tab began a new conversation, read this one, or sent what both had kept. */
  private onStorage(event: StorageEvent): void {
    const name = this.kept.nameOf(event);
    if (name === 'session' && event.newValue !== null && event.newValue !== this.accessKey) this.adopt(event.newValue);
    if (name === 'read') this.changed();
  }

  private adopt(accessKey: string | null): void {
    this.forget();
    this.accessKey = accessKey;
    this.toldWhoAt = 0;
    // A new connection is in no room of the old conversation.
    this.reconnect();
  }

  private forget(): void {
    this.timeline.clear();
    this.knownUpTo = 0;
    this.state = null;
    this.loaded = false;
    this.ready = false;
    this.kept.remove('read');
    this.theirTyping.clear();
    this.changed();
  }

  // --- what comes and goes -------------------------------------------------------------------------------

  private receive(message: Message): void {
    if (message.author !== 'customer') this.theirTyping.clear();
    this.take(message, this.loaded);
    this.changed();
  }

  private take(message: Message, isNews: boolean): void {
    const isNew = this.timeline.add(message);
    if (message.author === 'customer' && message.message_id) this.outbox.remove(message.message_id);
    if (isNew && isNews && message.author !== 'customer') this.emit('message', message);
  }

  private setState(state: State): void {
    // A proof does not outlive its session: before the next message the site is asked again.
    if (state.holder === 'closed' && this.state?.holder !== 'closed') this.toldWhoAt = 0;
    this.state = state;
    this.changed();
  }

  /** Sends what waits, one after the other so that the order stays. The server takes each message id once. */
  private async flush(): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    let tries = 0;
    if (this.outbox.next && this.ready && this.settings.token && this.mustTellWho() && this.socket?.connected) {
      // Sent once the session is confirmed with a fresh token.
      this.ready = false;
      void this.requestSession(this.socket);
    }
    for (let unsent = this.outbox.next; unsent && this.ready; unsent = this.outbox.next) {
      const failed = await this.sendOne(unsent);
      tries = failed === 'unanswered' ? tries + 1 : 0;
      if (failed === 'refused' || tries >= TRIES) {
        this.outbox.setFailed(unsent.message_id, true);
        tries = 0;
      }
      this.changed();
    }
    this.sending = false;
  }

  private async sendOne(unsent: Unsent): Promise<'refused' | 'unanswered' | undefined> {
    const { message_id, message, title } = unsent;
    const key = this.accessKey;
    try {
      const payload = { message, message_id, customData: { visitor: this.visitor() } };
      const ack = await this.request<{ sequence: number; timestamp: number }>('user_uttered', payload);
      if (key !== this.accessKey) return undefined;
      this.timeline.add(customerMessage(ack.sequence, ack.timestamp, unsent));
      this.outbox.remove(message_id);
      this.emit('sent', { message_id, text: title ?? message });
      return undefined;
    } catch (error) {
      if (!(error instanceof RequestFailed) || !error.refused) return 'unanswered';
      if (!PASSING.has(error.code)) return 'refused';
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      return 'unanswered';
    }
  }

  /** What tells agents one unnamed visitor from another: no query of the page, nothing to recognise somebody by. */
  private visitor(): Record<string, string> {
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    return {
      page: location.pathname,
      language: this.settings.language,
      ...(timeZone ? { time_zone: timeZone } : {}),
    };
  }

  private async request<T extends object>(event: string, payload: object): Promise<T> {
    if (!this.socket || !this.accessKey) throw new RequestFailed('disconnected', 'There is no session.');
    return request<T>(this.socket, event, { session_id: this.accessKey, ...payload });
  }

  private tell(event: string, payload: object): void {
    if (this.ready) this.socket?.emit(event, { session_id: this.accessKey, ...payload });
  }

  private changed(): void {
    this.emit('change', undefined);
  }

  private emit<Name extends keyof ClientEvents>(name: Name, detail: ClientEvents[Name]): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** A random UUID, also on a site without https, where `crypto.randomUUID` does not exist. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-a$4-$5');
}
