/** The reader's microphone, asked for at the moment it is needed, and why it could not be had. */

export type MicrophoneTrouble = 'microphone_refused' | 'microphone_absent' | 'microphone_in_use';

export class MicrophoneFailed extends Error {
  override readonly name = 'MicrophoneFailed';

  constructor(readonly code: MicrophoneTrouble) {
    super(`The microphone could not be had: ${code}.`);
  }
}

/** What the browser's errors mean (Media Capture and Streams, 10.3); anything else counts as in use. */
const MEANINGS: Readonly<Record<string, MicrophoneTrouble>> = {
  NotAllowedError: 'microphone_refused',
  SecurityError: 'microphone_refused',
  NotFoundError: 'microphone_absent',
  OverconstrainedError: 'microphone_absent',
};

/** Asks for the microphone. Throws `MicrophoneFailed`. */
export async function openMicrophone(): Promise<MediaStream> {
  // Absent on a page without https.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices) throw new MicrophoneFailed('microphone_refused');
  try {
    return await devices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    });
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    throw new MicrophoneFailed(MEANINGS[name] ?? 'microphone_in_use');
  }
}

/** Gives the microphone back, so that the browser's sign for it goes out. */
export function closeMicrophone(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
