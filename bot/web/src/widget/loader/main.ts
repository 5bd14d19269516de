/**
 * The one script that a site embeds: draws the launcher where the server lets the site in, offers
 * `window.Firstline`, and loads the panel when the customer first opens it or has a conversation already. Nothing that goes wrong here may reach the site.
 */

import { translator } from '../../shared/i18n.ts';
import { DEFAULT_MAX_LENGTH, PHONE, storageKey } from '../contract.ts';
import type { Events, Panel, PanelHost, PanelModule } from '../contract.ts';

import { Launcher } from './launcher.ts';
import { isReloaded, rememberOpen, wasLeftOpen } from './open-state.ts';
import { readSettings } from './settings.ts';
import type { SiteSettings } from './settings.ts';
import { askServer, refusalText } from './site.ts';
import { texts } from './texts.ts';
import type { LoaderText } from './texts.ts';
import { badgedTitle } from './title.ts';

/** `window.Firstline`, also the detail of the `firstline:ready` event. */
export interface FirstlineApi {
  readonly isOpen: boolean;
  open(): Promise<void>;
  close(): void;
  /** Opens the chat and sends what the customer might have written. */
  send(text: string): Promise<void>;
  /** Calls `handler` at each such event; the result stops that. */
  on<Name extends keyof Events>(event: Name, handler: (detail: Events[Name]) => void): () => void;
}

declare global {
  interface Window {
    firstlineSettings?: SiteSettings;
    Firstline?: FirstlineApi;
  }
}

/** While the server cannot be reached it is asked at most this often whether it lets the site in. */
const DOUBT_EVERY_MS = 30_000;
const TRUSTED_TYPES_HINT =
  'If this page has a Content-Security-Policy with trusted-types, add "firstline" to its list.';

function start(script: HTMLScriptElement): void {
  const settings = readSettings({
    site: window.firstlineSettings,
    script: { src: script.src, dataset: script.dataset },
    htmlLanguage: document.documentElement.lang,
    browserLanguages: navigator.languages,
    supported: Object.keys(texts),
  });
  const t = translator<LoaderText>(settings.language, texts[settings.language] ?? {});
  const bus = new EventTarget();
  let panel: Promise<Panel> | undefined;
  let attempt = 0;
  let isOpen = false;
  let refused = false;
  let doubtedAt = -Infinity;

  const launcher = new Launcher(settings, t, () => {
    if (isOpen) close();
    else void open().catch(() => undefined);
  });

  const emit: PanelHost['emit'] = (name, detail) => {
    bus.dispatchEvent(new CustomEvent(name, { detail }));
  };

  const host: PanelHost = {
    root: launcher.root,
    settings,
    maxLength: DEFAULT_MAX_LENGTH,
    close,
    doubt,
    emit,
    setUnread(count) {
      launcher.setUnread(count);
      document.title = badgedTitle(document.title, count);
      emit('unread', { count });
    },
  };

  /** True once the widget is on the page; false on a site that the server does not let in. */
  const admitted = askServer(settings.server).then((site) => {
    if (site) host.maxLength = site.maxLength;
    if (site?.allowed === false) refuse();
    else appear();
    return !refused;
  });

  function appear(): void {
    launcher.appear();
    emit('ready', undefined);
    window.dispatchEvent(new CustomEvent('firstline:ready', { detail: api }));
    const coversPage = matchMedia(PHONE).matches;
    if (wasLeftOpen(settings.server, { coversPage, reloaded: isReloaded() })) void restore().catch(() => undefined);
    else if (hasConversation(settings.server)) void load().catch(() => undefined);
  }

  /** Says it once, to whoever can mend it, and leaves the customer with the site as it is without us. */
  function refuse(): void {
    if (refused) return;
    refused = true;
    console.error(refusalText(location.origin, settings.server));
    launcher.disappear();
    void panel?.then((loaded) => loaded.stop());
  }

  function doubt(): void {
    if (performance.now() - doubtedAt < DOUBT_EVERY_MS) return;
    doubtedAt = performance.now();
    void askServer(settings.server, 'no-store').then((site) => {
      if (site?.allowed === false) refuse();
    });
  }

  function load(): Promise<Panel> {
    panel ??= import(/* @vite-ignore */ panelAddress()).then(
      (module: PanelModule) => module.mount(host),
    );
    panel.catch((error: unknown) => {
      console.error('Firstline: the chat could not be loaded.', error, TRUSTED_TYPES_HINT);
      panel = undefined;
      attempt++;
    });
    return panel;
  }

  /** A module that failed to load is remembered as failed under its address; another try needs another one. */
  function panelAddress(): string {
    const url = new URL(__PANEL__, script.src);
    if (attempt > 0) url.searchParams.set('attempt', String(attempt));
    return url.href;
  }

  async function open(): Promise<void> {
    if (isOpen || !(await admitted)) return;
    launcher.setBusy(true);
    launcher.setFailed(false);
    try {
      show(await load(), { focus: true });
    } catch (error) {
      launcher.setFailed(true);
      throw error;
    } finally {
      launcher.setBusy(false);
    }
  }

  /** Opens the panel as the customer left it on the page before, and leaves the focus where it is. */
  async function restore(): Promise<void> {
    show(await load(), { focus: false });
  }

  function show(loaded: Panel, options: { focus: boolean }): void {
    if (isOpen || refused) return;
    isOpen = true;
    loaded.show(options);
    launcher.setOpen(true);
    rememberOpen(settings.server, true);
    emit('open', undefined);
  }

  function close(): void {
    if (!isOpen) return;
    isOpen = false;
    rememberOpen(settings.server, false);
    launcher.setOpen(false);
    void panel?.then((loaded) => loaded.hide());
    launcher.focus();
    emit('close', undefined);
  }

  const api: FirstlineApi = {
    get isOpen() {
      return isOpen;
    },
    open,
    close,
    async send(text) {
      if (!(await admitted)) return;
      await open();
      (await load()).send(text);
    },
    on(event, handler) {
      const listener = (caught: Event) => handler((caught as CustomEvent<Parameters<typeof handler>[0]>).detail);
      bus.addEventListener(event, listener);
      return () => bus.removeEventListener(event, listener);
    },
  };

  window.Firstline = api;
}

function hasConversation(server: string): boolean {
  try {
    return localStorage.getItem(storageKey(server, 'session')) !== null;
  } catch {
    return false;
  }
}

const script =
  document.currentScript instanceof HTMLScriptElement
    ? document.currentScript
    : document.querySelector<HTMLScriptElement>('script[src*="/widget.js"]');

function startOnce(): void {
  if (!script || window.Firstline) return;
  try {
    start(script);
  } catch (error) {
    console.error('Firstline could not start.', error);
  }
}

// An async script may run before there is a body.
if (document.body as HTMLElement | null) startOnce();
else document.addEventListener('DOMContentLoaded', startOnce, { once: true });
