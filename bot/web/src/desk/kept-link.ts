/** An agent's audio in a call, kept there: when it breaks, a new ticket is asked for and it joins again. */

import { LinkFailed, type Invitation, type Link, type LinkHandlers, type LinkTrouble } from '../shared/phone/link.ts';
import { ApiError } from './api.ts';

/** `broken` is on its way back; `failed` has given up. */
export type LinkPhase = 'joining' | 'on' | 'broken' | 'failed';

export interface KeptLinkParts {
  /** Asks for a ticket, which is good for one minute. Throws `ApiError`. */
  invite: () => Promise<Invitation>;
  makeLink: (handlers: LinkHandlers) => Link;
  pause: (ms: number) => Promise<unknown>;
  onPhase: (phase: LinkPhase, trouble: LinkTrouble | null) => void;
  /** The gateway took the audio out: the call is over, or the agent joined from somewhere else. */
  onEnded: () => void;
  /** The caller's voice, to be played. */
  onSound: (stream: MediaStream) => void;
}

/** Before each try. The gateway holds the agent's place for five seconds before the caller is queued again. */
const PAUSES_MS = [0, 300, 700, 1_500, 3_000];

export class KeptLink {
  readonly #parts: KeptLinkParts;
  #link: Link | null = null;
  #closed = false;
  #wasOn = false;

  constructor(parts: KeptLinkParts) {
    this.#parts = parts;
  }

  /** Joins, trying several times. What came of it is told as a phase. */
  async join(): Promise<void> {
    let trouble: LinkTrouble = 'unreachable';
    for (const ms of PAUSES_MS) {
      this.#tell(this.#wasOn ? 'broken' : 'joining');
      if (ms > 0) await this.#parts.pause(ms);
      if (this.#closed) return;
      try {
        await this.#tryOnce();
        return;
      } catch (error) {
        const known = troubleOf(error);
        trouble = known.trouble;
        if (known.final) break;
      }
    }
    this.#tell('failed', trouble);
  }

  /** Leaves the call, which goes on without this browser. */
  close(): void {
    this.#closed = true;
    this.#link?.close();
    this.#link = null;
  }

  async #tryOnce(): Promise<void> {
    const invitation = await this.#parts.invite();
    if (this.#closed) return;
    const link = this.#parts.makeLink({
      sound: this.#parts.onSound,
      connected: () => {
        this.#wasOn = true;
        this.#tell('on');
      },
      ended: (reason) => {
        // The bot is away for a moment, and only it knows whose the call is.
        if (reason === 'bot_unreachable') {
          void this.join();
          return;
        }
        this.close();
        this.#parts.onEnded();
      },
      lost: () => void this.join(),
    });
    this.#link = link;
    await link.open(invitation);
  }

  #tell(phase: LinkPhase, trouble: LinkTrouble | null = null): void {
    if (!this.#closed) this.#parts.onPhase(phase, trouble);
  }
}

/** What went wrong, and whether the same would go wrong again. */
function troubleOf(error: unknown): { trouble: LinkTrouble; final: boolean } {
  if (error instanceof LinkFailed) return { trouble: error.code, final: error.code === 'refused' };
  if (error instanceof ApiError) {
    return error.mayPass ? { trouble: 'unreachable', final: false } : { trouble: 'refused', final: true };
  }
  throw error;
}
