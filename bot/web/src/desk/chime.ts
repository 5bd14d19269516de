/** The desk's sounds, made by oscillators. Browsers allow sound only once the page was touched. */

interface Note {
  hertz: number;
  /** Seconds from the start of the sound. */
  at: number;
  seconds: number;
}

const OFFER: readonly Note[] = [
  { hertz: 659, at: 0, seconds: 0.16 },
  { hertz: 880, at: 0.16, seconds: 0.3 },
];
/** As a telephone rings: twice, briefly. */
const CALL: readonly Note[] = [0, 0.06, 0.12, 0.18, 0.4, 0.46, 0.52, 0.58].map((at, index) => ({
  hertz: index % 2 === 0 ? 784 : 988,
  at,
  seconds: 0.12,
}));
const MESSAGE: readonly Note[] = [{ hertz: 740, at: 0, seconds: 0.12 }];

export class Chime {
  #context: AudioContext | undefined;

  constructor() {
    const wake = (): void => {
      this.#context ??= new AudioContext();
      void this.#context.resume();
    };
    for (const gesture of ['pointerdown', 'keydown']) {
      document.addEventListener(gesture, wake, { once: true, capture: true });
    }
  }

  offer(): void {
    this.#play(OFFER, 0.12);
  }

  call(): void {
    this.#play(CALL, 0.12);
  }

  message(): void {
    this.#play(MESSAGE, 0.05);
  }

  #play(notes: readonly Note[], loudness: number): void {
    const context = this.#context;
    if (context?.state !== 'running') return;
    for (const note of notes) {
      const begin = context.currentTime + note.at;
      const oscillator = new OscillatorNode(context, { type: 'sine', frequency: note.hertz });
      const gain = new GainNode(context, { gain: 0 });
      gain.gain.setValueAtTime(0, begin);
      gain.gain.linearRampToValueAtTime(loudness, begin + 0.01);
      gain.gain.exponentialRampToValueAtTime(0.0001, begin + note.seconds);
      oscillator.connect(gain).connect(context.destination);
      oscillator.start(begin);
      oscillator.stop(begin + note.seconds);
    }
  }
}
