/** How loud a microphone is. */

const EVERY_MS = 100;
/** Speech at arm's length reads about 0.05 to 0.3 of full scale; a dead microphone reads next to nothing. */
const FLOOR_DB = -60;
const CEILING_DB = -10;

/** Tells the loudness of a stream ten times a second, 0..1 on a scale of decibels, until it is closed. */
export class LevelMeter {
  readonly #context = new AudioContext();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(stream: MediaStream, onLevel: (level: number) => void) {
    const analyser = new AnalyserNode(this.#context, { fftSize: 1_024 });
    this.#context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.#timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      onLevel(levelOf(samples));
    }, EVERY_MS);
  }

  close(): void {
    clearInterval(this.#timer);
    void this.#context.close();
  }
}

/** Root mean square of samples in -1..1, as a share of the way from -60 to -10 dB of full scale. */
export function levelOf(samples: ArrayLike<number>): number {
  const energy = Array.from(samples).reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, samples.length);
  const decibels = 10 * Math.log10(energy);
  return Math.min(1, Math.max(0, (decibels - FLOOR_DB) / (CEILING_DB - FLOOR_DB)));
}
