/** Who is writing: said sparingly by us, and believed only for a while of others. */

const SAY_AGAIN_MS = 3_000;
const STOPPED_AFTER_MS = 5_000;
const BELIEVED_MS = 15_000;

/** Tells the others that the customer writes: at the first key, every few seconds, and once at the end. */
export class OwnTyping {
  private said: number | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly tell: (active: boolean) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  touch(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.stop(), STOPPED_AFTER_MS);
    if (this.said === undefined || this.now() - this.said >= SAY_AGAIN_MS) {
      this.said = this.now();
      this.tell(true);
    }
  }

  stop(): void {
    clearTimeout(this.timer);
    if (this.said === undefined) return;
    this.said = undefined;
    this.tell(false);
  }
}

/** Who writes to the customer. Forgotten when the end of it never comes. */
export class TheirTyping {
  current: { author: 'bot' | 'agent'; name: string | undefined } | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly changed: () => void) {}

  set(active: boolean, author: 'bot' | 'agent', name: string | undefined): void {
    clearTimeout(this.timer);
    this.current = active ? { author, name } : null;
    if (active) this.timer = setTimeout(() => this.set(false, author, name), BELIEVED_MS);
    this.changed();
  }

  clear(): void {
    clearTimeout(this.timer);
    this.current = null;
  }
}
