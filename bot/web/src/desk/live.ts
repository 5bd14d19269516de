/** The desk's Socket.IO connection: events of docs/api.md, typed, and nothing else. */

import type { Socket } from 'socket.io-client';

import { connect } from '../shared/socket.ts';
import type { Agent, HandoffView, LeftMessage, Message } from './types.ts';

export interface FromServer {
  handoff: (view: HandoffView) => void;
  handoff_gone: (gone: { id: string }) => void;
  offer: (view: HandoffView) => void;
  offer_withdrawn: (gone: { id: string }) => void;
  message: (said: { conversation_id: string; message: Message }) => void;
  context_changed: (changed: { conversation_id: string; handoff_id: string }) => void;
  presence: (agent: Agent) => void;
  /** What one may see or serve was changed. */
  account_changed: () => void;
  typing: (typing: { conversation_id: string; active: boolean }) => void;
  message_left: (message: LeftMessage) => void;
}

interface ToServer {
  typing: (typing: { conversation_id: string; active: boolean }) => void;
}

export interface LiveHandlers extends FromServer {
  connected: () => void;
  /** `refused` when the server answered and said no (the session ended), not when it was out of reach. */
  lost: (refused: boolean) => void;
}

export class Live {
  readonly #socket: Socket<FromServer, ToServer>;

  constructor(handlers: LiveHandlers) {
    const { connected, lost, ...events } = handlers;
    this.#socket = connect({ server: location.origin, namespace: '/desk' });
    this.#socket.on('connect', connected);
    this.#socket.on('disconnect', (reason) => lost(reason === 'io server disconnect'));
    // `active` stays true while the transport is being tried again; a refusal by the namespace ends that.
    this.#socket.on('connect_error', () => lost(!this.#socket.active));
    this.#socket.on('handoff', events.handoff);
    this.#socket.on('handoff_gone', events.handoff_gone);
    this.#socket.on('offer', events.offer);
    this.#socket.on('offer_withdrawn', events.offer_withdrawn);
    this.#socket.on('message', events.message);
    this.#socket.on('context_changed', events.context_changed);
    this.#socket.on('presence', events.presence);
    this.#socket.on('account_changed', events.account_changed);
    this.#socket.on('typing', events.typing);
    this.#socket.on('message_left', events.message_left);
  }

  /** Tells the customer that the agent is typing; dropped while there is no connection. */
  typing(conversationId: string, active: boolean): void {
    if (this.#socket.connected) this.#socket.emit('typing', { conversation_id: conversationId, active });
  }

  /** Tries again now, for example because the browser says that the network is back. */
  reconnect(): void {
    if (!this.#socket.connected) this.#socket.connect();
  }

  close(): void {
    this.#socket.disconnect();
  }
}
