/** What the server sends to the desk: the shapes of docs/api.md. Times are seconds since the epoch. */

import type { HandoffState, Message as ChatMessage, State } from '../shared/protocol.ts';

/** A line of a conversation as the desk sees it: of calls also how surely it was heard. */
export interface Message extends ChatMessage {
  asr_confidence?: number | null;
  /** How much of it the caller heard before they interrupted; null for all of it. */
  heard?: string | null;
  /** Of a call that is passed on outside: how that went, as a status of SIP. */
  status?: number | null;
  /** Of a rating, 1..5; its comment is the text. */
  score?: number | null;
}

export type Role = 'agent' | 'supervisor' | 'admin';
export type Presence = 'available' | 'away' | 'offline';

export interface Agent {
  id: string;
  login: string;
  name: string;
  role: Role;
  languages: string[];
  queues: string[];
  skills: string[];
  capacity: number;
  load: number;
  presence: Presence;
  /** Takes conversations from every queue for now. */
  helping: boolean;
  /** Whether they serve any queue: who does not only watches. */
  takes_conversations: boolean;
}

export interface Queue {
  name: string;
  title: string;
  waiting: number;
  longest_wait: number | null;
  available_agents: number;
}

export interface Disposition {
  code: string;
  title: string;
}

export interface CannedReply {
  shortcut: string;
  title: string;
  text: string;
  language: string | null;
}

/** A telephone call, or one from a browser. Once it is not `live`, only wrap-up is left. */
export interface CallView {
  transport: string;
  caller: string | null;
  called: string | null;
  live: boolean;
  held: 'caller' | 'agent' | null;
  /** Whether the audio of the agent who owns the conversation is in the call. */
  agent_on: boolean;
  started_at: number;
  ended_at: number | null;
  end_reason: string | null;
}

/** What tells one unnamed visitor from another. */
export interface Visitor {
  page: string | null;
  place: string | null;
  device: string | null;
}

export interface Rating {
  score: number;
  comment: string;
}

/** What agents read instead of the names in the bot's domain: section, name, language (or `*`), title. */
export type Titles = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>;

/** A message that was left when nobody was there. */
export interface LeftMessage {
  id: number;
  ticket_id: string;
  kind: 'message' | 'callback';
  conversation_id: string;
  channel: string;
  queue: string;
  language: string | null;
  text: string;
  created_at: number;
  /** Seconds waited when the server made this view. */
  waited: number;
  customer_id: string | null;
  customer_name: string | null;
  visitor: Visitor | null;
  contact: string | null;
  contact_kind: 'email' | 'phone' | null;
  contact_source: 'given' | 'on_file' | 'caller' | null;
  /** Whether the customer is in the web chat now. */
  here: boolean;
  state: 'open' | 'taken' | 'answered';
  agent_id: string | null;
  agent_name: string | null;
  taken_at: number | null;
  answered_at: number | null;
  answered: 'chat' | 'email' | 'called_back' | 'done' | 'handed_over' | null;
  note: string;
}

export interface LeftMessageDetail extends LeftMessage {
  ways: { chat: boolean; email: string | null; phone: string | null; mail_is_set_up: boolean };
  /** The conversation behind it, for who took it and supervisors. */
  messages: Message[] | null;
}

export interface LeftMessages {
  messages: LeftMessage[];
  next: number | null;
  total: number;
}

export interface HandoffView {
  id: string;
  conversation_id: string;
  state: HandoffState['state'];
  queue: string;
  priority: number;
  language: string | null;
  channel: string;
  reason: string | null;
  detail: string;
  queued_at: number;
  /** Seconds waited when the server made this view. */
  waited: number;
  position: number | null;
  expected_wait: number | null;
  offered_to: string | null;
  offer_expires_at: number | null;
  agent_id: string | null;
  agent_name: string | null;
  customer: { id: string; name: string | null; verified: boolean } | null;
  visitor: Visitor | null;
  /** The customer closed the web chat, or lost it. */
  customer_left: boolean;
  rating: Rating | null;
  preview: string;
  transfers: number;
  disposition: string | null;
  ended_at: number | null;
  call: CallView | null;
}

export interface ConversationView {
  id: string;
  channel: string;
  language: string | null;
  sequence: number;
  state: State;
  messages: Message[];
}

export interface SlotSource {
  kind: string;
  sequence: number | null;
  start: number | null;
  end: number | null;
}

export interface SlotEvidence {
  name: string;
  value: unknown;
  confidence: number | null;
  confirmed: boolean;
  source: SlotSource | null;
}

export interface IntentEvidence {
  sequence: number;
  text: string;
  intent: string | null;
  confidence: number | null;
  /** It says nothing about the subject: "yes", a bare answer, what was not understood. */
  passing: boolean;
}

export interface Attempt {
  sequence: number;
  action: string;
  because: string | null;
  outcome: string | null;
}

export interface RecordTouched {
  record: string;
  record_id: string;
  operation: 'read' | 'create' | 'update';
  summary: string;
}

export interface Context {
  version: 1;
  handoff: unknown;
  conversation: { id: string; channel: string; started_at: number; language: string | null };
  customer: {
    id: string;
    name: string | null;
    email: string | null;
    phone: string | null;
    verified: boolean;
    verified_by: string | null;
    /** How surely, and until when (seconds since the epoch), where the server says. */
    level?: string | null;
    expires_at?: number | null;
  } | null;
  reason: { code: string | null; detail: string; cause: { sequence: number; text: string | null } | null };
  intents: IntentEvidence[];
  slots: SlotEvidence[];
  attempts: Attempt[];
  form: { name: string; missing: string[] } | null;
  transcript: Message[];
  suggested_replies: { text: string; because: string }[];
  records: RecordTouched[];
  /** Of calls only. */
  audio: {
    utterances: number;
    not_understood: number;
    mean_asr_confidence: number | null;
    barge_ins: number;
  } | null;
}

/** An order of the shop. Amounts are whole minor units of `currency`; days without a time are ISO 8601. */
export interface Order {
  number: string;
  status: string;
  placed_at: number;
  currency: string;
  total: number;
  items: { name: string; quantity: number; price: number }[];
  address: { street: string; postcode: string; city: string; country: string } | null;
  payment: string | null;
  carrier: string | null;
  tracking: string | null;
  expected_on: string | null;
  delivered_at: number | null;
  delay_reason: string | null;
}

export interface Return {
  id: string;
  order_number: string;
  item_name: string;
  status: string;
}

export interface Ticket {
  id: string;
  kind: string;
  text: string;
}

export interface Contact {
  orders: Order[];
  returns: Return[];
  tickets: Ticket[];
}
