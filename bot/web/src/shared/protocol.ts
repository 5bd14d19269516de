/** What the server sends and takes, as `docs/api.md` describes it. */

export type Author = 'customer' | 'bot' | 'agent' | 'system' | 'note';

export interface Button {
  title: string;
  payload: string;
}

/** One line of a conversation. Clients order by `sequence` and drop what they have seen. */
export interface Message {
  sequence: number;
  /** Seconds since 1970. */
  timestamp: number;
  author: Author;
  text: string | null;
  name: string | null;
  message_id: string | null;
  buttons: Button[];
  image: string | null;
  custom: Record<string, unknown> | null;
  kind: string | null;
}

export interface HandoffState {
  id: string;
  state: 'queued' | 'offered' | 'accepted' | 'resolved' | 'abandoned';
  queue: string;
  position: number | null;
  /** Seconds; null when unknown. */
  expected_wait: number | null;
  agent_name: string | null;
}

export interface State {
  conversation_id: string;
  holder: 'bot' | 'queue' | 'human' | 'closed';
  language: string | null;
  handoff: HandoffState | null;
  rating: number | null;
  /** True once a person's or the bot's help has ended and no rating was given. */
  may_rate: boolean;
}

/** How the server acknowledges each of our own Socket.IO requests. */
export type Ack<T> = ({ ok: true } & T) | { ok: false; code: string; message: string };
