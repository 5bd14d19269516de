/**
 * The audio of a call between a browser and the voice gateway, over WebRTC: one offer with every candidate in
 * it, one answer, and a data channel `call` for what is not sound (docs/api.md, "Voice gateways").
 */

/** `busy` also when every line is taken; `unreachable` when no answer or no audio came. */
export type LinkTrouble = 'busy' | 'too_many' | 'refused' | 'unreachable';

export class LinkFailed extends Error {
  override readonly name = 'LinkFailed';

  constructor(readonly code: LinkTrouble) {
    super(`The call could not be put through: ${code}.`);
  }
}

/** Where an offer goes, and what goes with it. */
export interface Invitation {
  url: string;
  /** Who is an agent has one; a caller has none. */
  token?: string;
  language?: string;
}

export interface LinkHandlers {
  /** What the other side says, to be played. */
  sound(stream: MediaStream): void;
  connected(): void;
  /** The gateway ended the call. Nothing follows. */
  ended(reason: string): void;
  /** The audio broke without a word from the gateway. Nothing follows. */
  lost(): void;
}

/** What the desk and the widget need of a link; tests have one of their own. */
export interface Link {
  /** Calls. Throws `LinkFailed`; the link is closed then. */
  open(invitation: Invitation): Promise<void>;
  press(digit: string): void;
  /** Tells the gateway that the call is over, and closes. */
  hangUp(): void;
  /** Closes without a word. */
  close(): void;
}

/** Calls go through without servers too, as long as no NAT is in the way. */
const SERVERS_MS = 2_000;
const GATHER_MS = 2_000;
const ANSWER_MS = 10_000;
const CONNECT_MS = 10_000;
/** A path that is gone for so long is not coming back before the people on it notice. */
const PATIENCE_MS = 1_500;
/** A last message is on its way by then. */
const FAREWELL_MS = 200;

const TROUBLES: Readonly<Record<number, LinkTrouble>> = {
  403: 'refused',
  429: 'too_many',
  486: 'busy',
  503: 'busy',
};

const CONFIGURATION: RTCConfiguration = { bundlePolicy: 'max-bundle' };

export class AudioLink implements Link {
  readonly #peer = new RTCPeerConnection(CONFIGURATION);
  readonly #signals = this.#peer.createDataChannel('call', { ordered: true });
  readonly #handlers: LinkHandlers;
  readonly #connected: Promise<void>;
  #settle!: { resolve: () => void; reject: (error: LinkFailed) => void };
  #isConnected = false;
  #isOver = false;
  #patience: ReturnType<typeof setTimeout> | undefined;

  constructor(microphone: MediaStream, handlers: LinkHandlers) {
    this.#handlers = handlers;
    this.#connected = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    // It may break before `open` waits for it.
    this.#connected.catch(() => undefined);
    const peer = this.#peer;
    const [track] = microphone.getAudioTracks();
    peer.addTransceiver(track ?? 'audio', { direction: 'sendrecv', streams: [microphone] });
    peer.ontrack = ({ track: theirs, streams: [stream] }) => handlers.sound(stream ?? new MediaStream([theirs]));
    peer.onconnectionstatechange = () => this.#follow(peer.connectionState);
    this.#signals.onmessage = ({ data }) => this.#hear(data);
    this.#signals.onclose = () => this.#lose();
  }

  async open({ url, token, language }: Invitation): Promise<void> {
    try {
      this.#peer.setConfiguration({ ...CONFIGURATION, iceServers: await iceServers(url, token) });
      const { sdp } = await this.#offer();
      const answer = await post(url, { sdp, type: 'offer', ...(token ? { token } : {}), ...(language ? { language } : {}) });
      if (this.#isOver) return;
      await this.#peer.setRemoteDescription(answer);
      await inTime(this.#connected, CONNECT_MS);
    } catch (error) {
      const wasOver = this.#isOver;
      this.close();
      if (!wasOver) throw error instanceof LinkFailed ? error : new LinkFailed('unreachable');
    }
  }

  press(digit: string): void {
    this.#tell({ digit });
  }

  hangUp(): void {
    this.#tell({ hang_up: true });
    this.#over();
    setTimeout(() => this.#peer.close(), FAREWELL_MS);
  }

  close(): void {
    this.#over();
    this.#peer.close();
  }

  /** The offer once every candidate is found, or as far as they were found in two seconds. */
  async #offer(): Promise<RTCSessionDescription> {
    const peer = this.#peer;
    const gathered = new Promise<void>((resolve) => {
      setTimeout(resolve, GATHER_MS);
      peer.onicegatheringstatechange = () => {
        if (peer.iceGatheringState === 'complete') resolve();
      };
    });
    await peer.setLocalDescription();
    await gathered;
    const offer = peer.localDescription;
    if (!offer) throw new LinkFailed('unreachable');
    return offer;
  }

  /** That it is connected the gateway tells, once signals and sound can flow. */
  #follow(state: RTCPeerConnectionState): void {
    clearTimeout(this.#patience);
    if (state === 'failed' || state === 'closed') this.#lose();
    else if (state === 'disconnected') this.#patience = setTimeout(() => this.#lose(), PATIENCE_MS);
  }

  #hear(data: unknown): void {
    const { state, reason } = signalOf(data);
    if (state === 'connected') this.#connect();
    if (state === 'ended' && !this.#isOver) {
      this.close();
      this.#handlers.ended(reason);
    }
  }

  #connect(): void {
    if (this.#isConnected || this.#isOver) return;
    this.#isConnected = true;
    this.#settle.resolve();
    this.#handlers.connected();
  }

  #lose(): void {
    if (this.#isOver) return;
    if (!this.#isConnected) {
      // `open` tells.
      this.#settle.reject(new LinkFailed('unreachable'));
      return;
    }
    this.close();
    this.#handlers.lost();
  }

  #over(): void {
    this.#isOver = true;
    clearTimeout(this.#patience);
    // Whoever still waits for the connection need not: a call that is over is no failure.
    this.#settle.resolve();
  }

  #tell(signal: object): void {
    if (this.#signals.readyState === 'open') this.#signals.send(JSON.stringify(signal));
  }
}

/** What the gateway told on the data channel; nothing of it is taken on trust. */
export function signalOf(data: unknown): { state: string; reason: string } {
  let told: unknown;
  try {
    told = typeof data === 'string' ? JSON.parse(data) : undefined;
  } catch {
    told = undefined;
  }
  const { state, reason } = (typeof told === 'object' && told !== null ? told : {}) as Record<string, unknown>;
  return { state: typeof state === 'string' ? state : '', reason: typeof reason === 'string' ? reason : '' };
}

/** The STUN and TURN servers of the gateway that offers go to; none where it cannot be asked. */
export async function iceServers(url: string, token?: string, fetcher: typeof fetch = fetch): Promise<RTCIceServer[]> {
  try {
    const response = await fetcher(new URL('ice-servers', url), {
      method: 'POST',
      credentials: 'omit',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(token ? { token } : {}),
      signal: AbortSignal.timeout(SERVERS_MS),
    });
    const told = response.ok ? ((await response.json()) as { ice_servers?: RTCIceServer[] }) : {};
    return Array.isArray(told.ice_servers) ? told.ice_servers : [];
  } catch {
    return [];
  }
}

/** Sends an offer, and gives the answer. Throws `LinkFailed`. */
export async function post(url: string, body: object, fetcher: typeof fetch = fetch): Promise<RTCSessionDescriptionInit> {
  let response: Response;
  try {
    response = await fetcher(url, {
      method: 'POST',
      credentials: 'omit',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
  } catch {
    throw new LinkFailed('unreachable');
  }
  if (!response.ok) throw new LinkFailed(TROUBLES[response.status] ?? 'unreachable');
  const { sdp } = (await response.json().catch(() => ({}))) as { sdp?: unknown };
  if (typeof sdp !== 'string') throw new LinkFailed('unreachable');
  return { type: 'answer', sdp };
}

async function inTime(promise: Promise<unknown>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new LinkFailed('unreachable')), ms);
  });
  await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
