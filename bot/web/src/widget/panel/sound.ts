/** Two soft notes for a new message. Made on the spot: there is no sound file to load. */

let context: AudioContext | undefined;

/** Silent where the browser does not yet allow sound. */
export function playNotes(): void {
  try {
    context ??= new AudioContext();
    const { currentTime } = context;
    [660, 880].forEach((frequency, index) => note(frequency, currentTime + index * 0.12));
  } catch {
    context = undefined;
  }
}

function note(frequency: number, at: number): void {
  if (!context) return;
  const oscillator = context.createOscillator();
  const gain = context.createGain();
  oscillator.frequency.value = frequency;
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(0.08, at + 0.02);
  gain.gain.exponentialRampToValueAtTime(0.0001, at + 0.3);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(at);
  oscillator.stop(at + 0.3);
}
