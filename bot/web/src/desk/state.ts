/** What the desk knows, and what follows from it. */

import type { MicrophoneTrouble } from '../shared/phone/microphone.ts';
import type { OwnCall } from './calls.ts';
import type { Pending } from './outbox.ts';
import { lastSequence, unreadCount, waitingSince } from './messages.ts';
import { neighbour, sortHandoffs, type Sorted } from './queue.ts';
import type {
  Agent,
  CallView,
  CannedReply,
  Contact,
  Context,
  Disposition,
  HandoffView,
  LeftMessage,
  LeftMessageDetail,
  Message,
  Queue,
  Titles,
} from './types.ts';

/** One conversation as far as it was fetched. */
export interface Thread {
  id: string;
  language: string | null;
  messages: readonly Message[];
  loading: boolean;
  /** Why it could not be fetched. */
  error: string | null;
  typing: boolean;
  /** The sequence up to which the agent has read. */
  seen: number;
  context: Context | null;
  contextError: string | null;
  contact: Contact | null;
}

export interface Toast {
  id: number;
  text: string;
  kind: 'info' | 'error';
}

/** The inbox: messages left when nobody was there. */
export interface InboxState {
  folder: 'waiting' | 'answered';
  messages: readonly LeftMessage[];
  /** How many wait, whichever folder is shown. */
  waiting: number;
  /** Where the next page begins; null on the last. */
  next: number | null;
  loading: boolean;
  error: string | null;
  opened: number | null;
  detail: LeftMessageDetail | null;
  busy: boolean;
}

export type Pane = 'lists' | 'chat' | 'context';

export interface DeskState {
  phase: 'starting' | 'unreachable' | 'signed-out' | 'ready';
  /** Signed out because the session ended, not because the agent asked. */
  expired: boolean;
  demo: boolean;
  me: Agent | null;
  connection: 'connecting' | 'live' | 'lost';
  agents: readonly Agent[];
  queues: readonly Queue[];
  dispositions: readonly Disposition[];
  canned: readonly CannedReply[];
  handoffs: Readonly<Record<string, HandoffView>>;
  /** What was resolved last, latest first. */
  recent: readonly HandoffView[];
  titles: Titles;
  /** What the left column and the middle show. */
  view: 'chats' | 'inbox';
  inbox: InboxState;
  threads: Readonly<Record<string, Thread>>;
  outbox: readonly Pending[];
  /** The id of the handoff that is open in the middle. */
  selected: string | null;
  /** Which part a narrow window shows. */
  pane: Pane;
  contextOpen: boolean;
  /** Whether single letters are shortcuts. */
  letters: boolean;
  /** The line that the context panel points at; `held` when the agent asked to stay there. */
  pointed: { sequence: number; start: number | null; end: number | null; held: boolean } | null;
  /** Handoffs with a request under way, so that their buttons rest. */
  busy: readonly string[];
  /** The call that this browser's audio is in. */
  call: OwnCall | null;
  /** The handoff whose call could not be taken for want of a microphone. */
  noMicrophone: { handoff: string; trouble: MicrophoneTrouble } | null;
  toasts: readonly Toast[];
  /** How far this machine's clock is ahead of the server's, in seconds. */
  skew: number;
}

export const EMPTY_INBOX: InboxState = {
  folder: 'waiting',
  messages: [],
  waiting: 0,
  next: null,
  loading: false,
  error: null,
  opened: null,
  detail: null,
  busy: false,
};

export const INITIAL: DeskState = {
  phase: 'starting',
  expired: false,
  demo: false,
  me: null,
  connection: 'connecting',
  agents: [],
  queues: [],
  dispositions: [],
  canned: [],
  handoffs: {},
  recent: [],
  titles: {},
  view: 'chats',
  inbox: EMPTY_INBOX,
  threads: {},
  outbox: [],
  selected: null,
  pane: 'lists',
  contextOpen: true,
  letters: true,
  pointed: null,
  busy: [],
  call: null,
  noMicrophone: null,
  toasts: [],
  skew: 0,
};

/** What signing out leaves: nothing of the agent's, but what is known of the server. */
export function forgotten(state: DeskState): DeskState {
  return { ...INITIAL, demo: state.demo, contextOpen: state.contextOpen, letters: state.letters };
}

export function newThread(id: string, seen: number): Thread {
  return {
    id,
    language: null,
    messages: [],
    loading: false,
    error: null,
    typing: false,
    seen,
    context: null,
    contextError: null,
    contact: null,
  };
}

export function sorted(state: DeskState): Sorted {
  if (!state.me) return { offers: [], mine: [], queue: [], others: [] };
  return sortHandoffs(Object.values(state.handoffs), state.me);
}

/** A handoff that is open, or was resolved lately. */
export function handoffOf(state: DeskState, id: string): HandoffView | null {
  return state.handoffs[id] ?? state.recent.find((handoff) => handoff.id === id) ?? null;
}

export function selectedHandoff(state: DeskState): HandoffView | null {
  return state.selected === null ? null : handoffOf(state, state.selected);
}

export function threadOf(state: DeskState, handoff: HandoffView): Thread | undefined {
  return state.threads[handoff.conversation_id];
}

export function isSupervisor(state: DeskState): boolean {
  return state.me !== null && state.me.role !== 'agent';
}

export function isMine(state: DeskState, handoff: HandoffView): boolean {
  return handoff.state === 'accepted' && handoff.agent_id === state.me?.id;
}

/** Whether there is a caller on the line. */
export function hasLiveCall(handoff: HandoffView): handoff is HandoffView & { call: CallView } {
  return handoff.call?.live === true;
}

/** The order in which the keyboard walks: offers, own conversations, then those of others. */
export function step(state: DeskState, by: 1 | -1): string | undefined {
  const { offers, mine, queue, others } = sorted(state);
  const ids = [...offers, ...mine, ...queue, ...others].map((handoff) => handoff.id);
  return neighbour(ids, state.selected, by);
}

export function unread(state: DeskState, handoff: HandoffView): number {
  const thread = threadOf(state, handoff);
  return thread ? unreadCount(thread.messages, thread.seen) : 0;
}

export function waiting(state: DeskState, handoff: HandoffView): number | undefined {
  const thread = threadOf(state, handoff);
  return thread ? waitingSince(thread.messages) : undefined;
}

/** Everything the agent has not dealt with: what the window's title counts. */
export function attention(state: DeskState): { offers: number; unread: number } {
  const { offers, mine } = sorted(state);
  return {
    offers: offers.length,
    unread: mine.reduce((total, handoff) => total + unread(state, handoff), 0),
  };
}

export function readUpTo(thread: Thread): number {
  return Math.max(thread.seen, lastSequence(thread.messages));
}
