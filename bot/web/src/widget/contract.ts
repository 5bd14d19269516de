/** What the loader and the panel know of each other. They are built apart, and meet at run time. */

export interface Settings {
  /** Where the server is; ends in a slash. */
  server: string;
  /** One of the catalogues' languages. */
  language: string;
  side: 'left' | 'right';
  theme: 'light' | 'dark' | undefined;
  /** The brand's colour, and what is readable on it. */
  colour: { brand: string; onBrand: string } | undefined;
  siteName: string | undefined;
  greeting: string | undefined;
  launcherLabel: string | undefined;
  /** What a customer may want to ask first, offered as buttons. */
  suggestions: readonly string[];
  /** A signed statement of who the customer is, made by the site's own server. Fetched when the page opens, and when it runs out. */
  token: (() => Promise<string>) | undefined;
}

/** What happens, for `Firstline.on(event, handler)`. */
export interface Events {
  ready: undefined;
  open: undefined;
  close: undefined;
  /** Someone wrote to the customer. */
  message: { author: string; name: string | null; text: string | null; sequence: number };
  /** The customer's message is with the server. */
  sent: { message_id: string; text: string };
  unread: { count: number };
  /** The conversation changed hands: `bot`, `queue`, `human` or `closed`. */
  holder: { holder: string; agent: string | null };
  /** A call from the browser went on to another phase: `ringing`, `connected`, `ended` or `failed`. */
  call: { phase: string };
}

/** What the loader gives the panel. */
export interface PanelHost {
  /** The shadow root that the panel goes into. */
  root: ShadowRoot;
  settings: Settings;
  /** Longest message of a customer, in characters. */
  maxLength: number;
  /** Called when the customer closes the panel. */
  close(): void;
  /** The server cannot be reached: asks it whether it lets this site in at all. */
  doubt(): void;
  setUnread(count: number): void;
  emit<Name extends keyof Events>(name: Name, detail: Events[Name]): void;
}

/** What the panel gives the loader. */
export interface Panel {
  /** `focus` is false where the customer did not ask for it just now. */
  show(options: { focus: boolean }): void;
  hide(): void;
  send(text: string): void;
  /** Leaves the server alone from now on. */
  stop(): void;
}

/** The window is a phone's: the open panel covers the whole page. */
export const PHONE = '(max-width: 480px)';

/** As long as the server does not say otherwise. */
export const DEFAULT_MAX_LENGTH = 2_000;

/** Characters as the server counts them, not UTF-16 units: an emoji is one or a few. */
export function lengthOf(text: string): number {
  return Array.from(text).length;
}

export interface PanelModule {
  mount(host: PanelHost): Promise<Panel>;
}

/** Where a session id is kept: the loader looks whether there is one, the panel reads and writes it. */
export function storageKey(server: string, name: string): string {
  return `firstline:${server}:${name}`;
}
