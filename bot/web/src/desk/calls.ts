/** The agent's part in calls: the microphone, the audio that joins, and what is done with the call. */

import { AudioLink, type LinkTrouble } from '../shared/phone/link.ts';
import {
  closeMicrophone,
  MicrophoneFailed,
  openMicrophone,
  type MicrophoneTrouble,
} from '../shared/phone/microphone.ts';
import type { Outside } from './api.ts';
import type { Desk } from './desk.ts';
import { t } from './i18n.ts';
import { KeptLink, type LinkPhase } from './kept-link.ts';
import { transferFailed } from './outside.ts';
import { hasLiveCall, isMine } from './state.ts';
import type { Message } from './types.ts';

/** By then the server has told that the call is over, if it is. */
const NEWS_MS = 1_000;

export type CallTrouble = MicrophoneTrouble | LinkTrouble;

/** The call that this browser's audio is in, or is to be. */
export interface OwnCall {
  /** The id of its handoff. */
  handoff: string;
  phase: LinkPhase;
  trouble: CallTrouble | null;
  muted: boolean;
  microphone: MediaStream;
  sound: MediaStream | null;
}

export class Calls {
  readonly #desk: Desk;
  #link: KeptLink | null = null;
  #asking = false;
  #keys = '';
  #pressing = false;

  constructor(desk: Desk) {
    this.#desk = desk;
    desk.store.subscribe(() => this.#follow());
  }

  /** Accepts a call. Without a microphone it is not accepted: the caller would reach somebody who cannot talk. */
  async accept(id: string): Promise<boolean> {
    const microphone = await this.#open(id);
    if (!microphone) return false;
    const accepted = await this.#desk.work.accept(id);
    if (accepted) this.#join(id, microphone);
    else closeMicrophone(microphone);
    return accepted;
  }

  /** Joins a call that is the agent's already, for example after a reload or where the audio was given up. */
  async rejoin(id: string): Promise<void> {
    if (this.#desk.store.state.call?.handoff === id) this.leave();
    const microphone = await this.#open(id);
    if (microphone) this.#join(id, microphone);
  }

  /** After a reload: back into the call that this tab was in. */
  async restore(): Promise<void> {
    const { store, memory } = this.#desk;
    const view = store.state.handoffs[memory?.call ?? ''];
    if (view && !store.state.call && isMine(store.state, view) && hasLiveCall(view)) await this.rejoin(view.id);
  }

  /** Takes this browser's audio out of the call. */
  leave(): void {
    const { store, memory } = this.#desk;
    const { call } = store.state;
    if (!call) return;
    this.#link?.close();
    this.#link = null;
    closeMicrophone(call.microphone);
    if (memory) memory.call = null;
    store.set({ call: null });
  }

  toggleMute(): void {
    const { call } = this.#desk.store.state;
    if (!call) return;
    const muted = !call.muted;
    for (const track of call.microphone.getAudioTracks()) track.enabled = !muted;
    this.#patch({ muted });
  }

  async toggleHold(id: string): Promise<void> {
    const held = this.#desk.store.state.handoffs[id]?.call?.held === 'agent';
    await this.#desk.attempt(() => this.#desk.api.control(id, held ? 'resume' : 'hold'));
  }

  /** Presses a key towards the caller. Keys pressed while one is on its way go together, in their order. */
  async press(id: string, key: string): Promise<void> {
    this.#keys += key;
    if (this.#pressing) return;
    this.#pressing = true;
    while (this.#keys) {
      const digits = this.#keys;
      this.#keys = '';
      await this.#desk.attempt(() => this.#desk.api.control(id, 'digits', { digits }));
    }
    this.#pressing = false;
  }

  /** Passes the call on to a number, a SIP URI or a contact outside; false when the server said no. */
  async transferOutside(id: string, outside: Outside): Promise<boolean> {
    const done = await this.#desk.attempt(async () => {
      await this.#desk.api.control(id, 'transfer', outside);
      return true;
    });
    const target = 'contact' in outside ? outside.contact : outside.target;
    if (done) this.#desk.toast(t('toast.passing_on', { target }));
    return done ?? false;
  }

  /** A call of the agent's could not be passed on: they have the caller again. */
  transferFailed(conversationId: string, message: Message): void {
    const { store } = this.#desk;
    const view = Object.values(store.state.handoffs).find((each) => each.conversation_id === conversationId);
    if (view && isMine(store.state, view)) this.#desk.toast(transferFailed(message), 'error');
  }

  async end(id: string): Promise<void> {
    await this.#desk.attempt(() => this.#desk.api.control(id, 'hang-up'));
  }

  async #open(id: string): Promise<MediaStream | null> {
    const { store } = this.#desk;
    if (this.#asking) return null;
    if (store.state.call) {
      this.#desk.toast(t('call.one_at_a_time'), 'error');
      return null;
    }
    this.#asking = true;
    store.set({ noMicrophone: null });
    try {
      return await openMicrophone();
    } catch (error) {
      if (!(error instanceof MicrophoneFailed)) throw error;
      store.set({ noMicrophone: { handoff: id, trouble: error.code } });
      return null;
    } finally {
      this.#asking = false;
    }
  }

  #join(id: string, microphone: MediaStream): void {
    const { store, memory, api } = this.#desk;
    const call: OwnCall = { handoff: id, phase: 'joining', trouble: null, muted: false, microphone, sound: null };
    if (memory) memory.call = id;
    store.set({ call });
    for (const track of microphone.getAudioTracks()) track.onended = () => this.#unplugged();
    const pause = (ms: number): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, ms));
    const link = new KeptLink({
      invite: () => api.joinCall(id),
      makeLink: (handlers) => new AudioLink(microphone, handlers),
      pause,
      onPhase: (phase, trouble) => this.#patch({ phase, trouble }),
      onSound: (sound) => this.#patch({ sound }),
      onEnded: () => void pause(NEWS_MS).then(() => (this.#link === link ? this.leave() : undefined)),
    });
    this.#link = link;
    void link.join();
  }

  #unplugged(): void {
    this.#link?.close();
    this.#patch({ phase: 'failed', trouble: 'microphone_absent' });
  }

  #patch(patch: Partial<OwnCall>): void {
    const { store } = this.#desk;
    if (store.state.call) store.set({ call: { ...store.state.call, ...patch } });
  }

  /** The call ended, or went to somebody else. */
  #follow(): void {
    const { state } = this.#desk.store;
    if (!state.call) return;
    const view = state.handoffs[state.call.handoff];
    if (!view || !isMine(state, view) || !hasLiveCall(view)) this.leave();
  }
}
