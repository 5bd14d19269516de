/**
 * The one script that a site embeds: draws the launcher, offers `window.Firstline`, and loads the panel when
 * the customer first opens it or has a conversation already. Nothing that goes wrong here may reach the site.
 */

import { translator } from '../../shared/i18n.ts';
import { storageKey } from '../contract.ts';
import type { Events, Panel, PanelHost, PanelModule } from '../contract.ts';

import { Launcher } from './launcher.ts';
import { readSettings } from './settings.ts';
import type { SiteSettings } from './settings.ts';
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
    close,
    emit,
    setUnread(count) {
      launcher.setUnread(count);
      document.title = badgedTitle(document.title, count);
      emit('unread', { count });
    },
  };

  function load(): Promise<Panel> {
    panel ??= import(/* @vite-ignore */ panelAddress()).then(
      (module: PanelModule) => module.mount(host),
    );
    panel.catch(() => {
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
    if (isOpen) return;
    launcher.setBusy(true);
    launcher.setFailed(false);
    try {
      (await load()).show();
    } catch (error) {
      launcher.setFailed(true);
      throw error;
    } finally {
      launcher.setBusy(false);
    }
    isOpen = true;
    launcher.setOpen(true);
    emit('open', undefined);
  }

  function close(): void {
    if (!isOpen) return;
    isOpen = false;
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
      await open();
      (await load()).send(text);
    },
    on(event, handler) {
      const listener = (caught: Event) => handler((caught as CustomEvent<Parameters<typeof handler>[0]>).detail);
      bus.addEventListener(event, listener);
      return () => bus.removeEventListener(event, listener);
    },
  };

  document.body.append(launcher.host);
  window.Firstline = api;
  emit('ready', undefined);
  window.dispatchEvent(new CustomEvent('firstline:ready', { detail: api }));
  if (hasConversation(settings.server)) void load().catch(() => undefined);
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
