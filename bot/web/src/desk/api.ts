/** The desk's HTTP calls, typed from docs/api.md. */

import type { Invitation } from '../shared/phone/link.ts';
import type {
  Agent,
  CannedReply,
  Contact,
  Context,
  ConversationView,
  Disposition,
  HandoffView,
  LeftMessage,
  LeftMessageDetail,
  LeftMessages,
  Message,
  Presence,
  Queue,
  Titles,
} from './types.ts';

/** What the server refused, or `network` with status 0 when it could not be reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint: string | null = null,
    /** The whole answer, for the fields beyond the usual ones. */
    readonly body: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }

  /** Whether the same request may succeed later: nobody answered, too many requests, or the server's fault. */
  get mayPass(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export interface Transfer {
  queue?: string;
  agent_id?: string;
  note?: string;
}

export interface Resolution {
  disposition: string;
  note?: string;
  return_to_bot?: boolean;
}

/** Whither calls may be passed on outside: names to choose from, and what may be typed. */
export interface OutsideTargets {
  contacts: string[];
  /** What a number may begin with. */
  numbers: string[];
  /** SIP URIs, or their hosts. */
  addresses: string[];
}

/** Where outside a call goes: a number or a SIP URI, or the name of a contact. */
export type Outside = { target: string } | { contact: string };

/** What can be done with a call: `digits` with `{digits}`, `transfer` (to outside) with `Outside`. */
export type CallControl = 'hold' | 'resume' | 'digits' | 'transfer' | 'hang-up';

const TIMEOUT_MS = 15_000;

export class Api {
  readonly #fetch: typeof fetch;

  constructor(fetcher: typeof fetch = (input, init) => fetch(input, init)) {
    this.#fetch = fetcher;
  }

  signIn = async (login: string, password: string): Promise<Agent> =>
    (await this.#call<{ agent: Agent }>('POST', '/session', { login, password })).agent;
  whoAmI = async (): Promise<Agent> => (await this.#call<{ agent: Agent }>('GET', '/session')).agent;
  signOut = (): Promise<void> => this.#call('DELETE', '/session');

  agents = (): Promise<Agent[]> => this.#call('GET', '/agents');
  setPresence = (presence: Presence): Promise<Agent> =>
    this.#call('PUT', '/agents/me/presence', { presence });
  queues = (): Promise<Queue[]> => this.#call('GET', '/queues');
  dispositions = (): Promise<Disposition[]> => this.#call('GET', '/dispositions');
  cannedReplies = (): Promise<CannedReply[]> => this.#call('GET', '/canned-replies');

  titles = (): Promise<Titles> => this.#call('GET', '/titles');
  recentHandoffs = (): Promise<HandoffView[]> => this.#call('GET', '/recent-handoffs?limit=20');

  leftMessages = (folder: 'waiting' | 'answered', after: number | null): Promise<LeftMessages> =>
    this.#call('GET', `/messages-left?state=${folder}${after === null ? '' : `&after=${after}`}`);
  leftMessage = (id: number): Promise<LeftMessageDetail> => this.#call('GET', `/messages-left/${id}`);
  takeMessage = (id: number): Promise<LeftMessageDetail> => this.#call('POST', `/messages-left/${id}/take`);
  releaseMessage = (id: number): Promise<LeftMessage> => this.#call('POST', `/messages-left/${id}/release`);
  answerMessage = (id: number, text: string): Promise<LeftMessage> =>
    this.#call('POST', `/messages-left/${id}/answer`, { text });
  closeMessage = (id: number, how: 'called_back' | 'done', note: string): Promise<LeftMessage> =>
    this.#call('POST', `/messages-left/${id}/close`, { how, note });

  openHandoffs = (): Promise<HandoffView[]> => this.#call('GET', '/handoffs?state=open');
  handoff = (id: string): Promise<HandoffView> => this.#call('GET', `/handoffs/${encodeURIComponent(id)}`);
  context = (id: string): Promise<Context> =>
    this.#call('GET', `/handoffs/${encodeURIComponent(id)}/context`);
  accept = (id: string): Promise<HandoffView> => this.#onHandoff(id, 'accept');
  decline = (id: string): Promise<HandoffView> => this.#onHandoff(id, 'decline');
  transfer = (id: string, transfer: Transfer): Promise<HandoffView> =>
    this.#onHandoff(id, 'transfer', transfer);
  resolve = (id: string, resolution: Resolution): Promise<HandoffView> =>
    this.#onHandoff(id, 'resolve', resolution);

  /** A ticket for the agent's audio. */
  joinCall = (id: string): Promise<Invitation> => this.#onHandoff(id, 'call');
  control = (id: string, verb: CallControl, body?: { digits: string } | Outside): Promise<void> =>
    this.#onHandoff(id, `call/${verb}`, body);
  outsideTargets = (): Promise<OutsideTargets> => this.#call('GET', '/voice/targets');

  conversation = (id: string): Promise<ConversationView> =>
    this.#call('GET', `/conversations/${encodeURIComponent(id)}`);
  say = (conversationId: string, text: string, messageId: string): Promise<Message> =>
    this.#call('POST', `/conversations/${encodeURIComponent(conversationId)}/messages`, {
      text,
      message_id: messageId,
    });
  note = (conversationId: string, text: string): Promise<Message> =>
    this.#call('POST', `/conversations/${encodeURIComponent(conversationId)}/notes`, { text });
  contact = (customerId: string): Promise<Contact> =>
    this.#call('GET', `/contacts/${encodeURIComponent(customerId)}`);

  /** Any other call, for parts of the desk with calls of their own. */
  request<T>(method: string, path: string, body?: object): Promise<T> {
    return this.#call<T>(method, path, body);
  }

  #onHandoff<T = HandoffView>(id: string, verb: string, body?: object): Promise<T> {
    return this.#call('POST', `/handoffs/${encodeURIComponent(id)}/${verb}`, body);
  }

  async #call<T>(method: string, path: string, body?: object): Promise<T> {
    let response: Response;
    try {
      response = await this.#fetch(`/api/v1${path}`, {
        method,
        credentials: 'same-origin',
        signal: AbortSignal.timeout(TIMEOUT_MS),
        ...(body ? { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } } : {}),
      });
    } catch (error) {
      throw new ApiError(0, 'network', error instanceof Error ? error.message : String(error));
    }
    const answer = await bodyOf(response);
    if (!response.ok) {
      const told = isObject(answer) ? answer : {};
      throw new ApiError(
        response.status,
        typeof told.code === 'string' ? told.code : `http.${response.status}`,
        typeof told.message === 'string' ? told.message : response.statusText,
        typeof told.hint === 'string' ? told.hint : null,
        told,
      );
    }
    return answer as T;
  }
}

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text().catch(() => '');
  if (!text) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    if (response.ok) throw new ApiError(0, 'network', 'The answer is not JSON: is a proxy in between?');
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
