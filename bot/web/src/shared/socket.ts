/** A Socket.IO connection that mends itself, and requests that are always answered. */

import { io } from 'socket.io-client';
import type { Socket } from 'socket.io-client';

import type { Ack } from './protocol.ts';

export interface ConnectionOptions {
  /** Where the server is, e.g. `https://chat.example.com/` or `https://example.com/firstline/`. */
  server: string;
  /** `/` or `/desk`. */
  namespace?: string;
  /** Send the session cookie to a server of another origin. The widget never does. */
  withCredentials?: boolean;
}

/** Opens a connection. It starts at once, and tries again for as long as the page lives. */
export function connect({ server, namespace = '/', withCredentials = false }: ConnectionOptions): Socket {
  const base = new URL(server);
  return io(new URL(namespace, base.origin).href, {
    path: new URL('socket.io', base.href.endsWith('/') ? base : `${base.href}/`).pathname,
    transports: ['websocket', 'polling'],
    // Where a proxy refuses WebSockets, the first failure leads to polling.
    tryAllTransports: true,
    withCredentials,
    reconnectionDelay: 500,
    reconnectionDelayMax: 8_000,
    timeout: 8_000,
    // Our pages keep what must not be lost, and ask for what they missed: nothing is buffered here.
    retries: 0,
    forceNew: true,
  });
}

/** What a request came to: the server's answer, its refusal, or no answer in time. */
export class RequestFailed extends Error {
  override readonly name = 'RequestFailed';

  constructor(
    /** The server's error code, `timeout` or `disconnected`. */
    readonly code: string,
    message: string,
  ) {
    super(message);
  }

  /** True when the server said no; false when it may never have heard. */
  get refused(): boolean {
    return this.code !== 'timeout' && this.code !== 'disconnected';
  }
}

/** Emits an event and waits for its acknowledgement. Throws `RequestFailed`; never waits for a reconnect. */
export async function request<T extends object>(
  socket: Socket,
  event: string,
  payload: object,
  timeoutMs = 10_000,
): Promise<T> {
  if (!socket.connected) throw new RequestFailed('disconnected', 'There is no connection.');
  let answer: Ack<T>;
  try {
    answer = (await socket.timeout(timeoutMs).emitWithAck(event, payload)) as Ack<T>;
  } catch {
    const code = (socket as { connected: boolean }).connected ? 'timeout' : 'disconnected';
    throw new RequestFailed(code, `No answer to ${event}.`);
  }
  if (!answer.ok) throw new RequestFailed(answer.code, answer.message);
  return answer;
}
