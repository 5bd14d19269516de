/** Drawing the agent's attention: a sound, the window's title, the page's icon, the system's notification. */

import { t } from './i18n.ts';
import type { Desk } from './desk.ts';
import { customerName } from './names.ts';
import { attention, hasLiveCall, sorted, unread, type DeskState } from './state.ts';
import { Chime } from './chime.ts';
import type { HandoffView } from './types.ts';

const RING_EVERY_MS = 8_000;
const CALL_RINGS_EVERY_MS = 3_000;

export class Alerts {
  readonly #desk: Desk;
  readonly #chime = new Chime();
  #ringing: ReturnType<typeof setInterval> | undefined;

  constructor(desk: Desk) {
    this.#desk = desk;
    desk.store.subscribe((state, before) => this.#changed(state, before));
    document.addEventListener('visibilitychange', () => desk.work.markRead());
  }

  #changed(state: DeskState, before: DeskState): void {
    this.#mark(state);
    if (state.handoffs === before.handoffs && state.threads === before.threads) return;
    const known = new Set(sorted(before).offers.map((offer) => offer.id));
    const { offers, mine } = sorted(state);
    for (const offer of offers) {
      if (!known.has(offer.id)) this.#arrived(offer);
    }
    if (offers.length === 0) this.#silence();
    for (const handoff of mine) {
      // What a caller says is heard.
      if (state.call?.handoff === handoff.id) continue;
      if (before.threads[handoff.conversation_id]?.messages.length && unread(state, handoff) > unread(before, handoff)) {
        this.#said(handoff);
      }
    }
  }

  #arrived(offer: HandoffView): void {
    const isCall = hasLiveCall(offer);
    const ring = (): void => {
      if (!this.#desk.preferences.sound) return;
      if (isCall) this.#chime.call();
      else this.#chime.offer();
    };
    ring();
    this.#silence();
    this.#ringing = setInterval(ring, isCall ? CALL_RINGS_EVERY_MS : RING_EVERY_MS);
    this.#notify(`offer ${offer.id}`, t(isCall ? 'notify.call' : 'notify.offer', { name: customerName(offer) }), offer);
  }

  #said(handoff: HandoffView): void {
    if (this.#desk.preferences.sound) this.#chime.message();
    this.#notify(`message ${handoff.id}`, t('notify.message', { name: customerName(handoff) }), handoff);
  }

  #silence(): void {
    clearInterval(this.#ringing);
  }

  /** Only while the desk is out of sight; the words of the customer stay in the desk. */
  #notify(tag: string, title: string, handoff: HandoffView): void {
    if (document.visibilityState === 'visible' || !('Notification' in window)) return;
    if (Notification.permission !== 'granted') return;
    const notification = new Notification(title, { tag, icon: PLAIN_ICON });
    notification.onclick = () => {
      window.focus();
      this.#desk.work.select(handoff.id);
      notification.close();
    };
  }

  #mark(state: DeskState): void {
    const { offers, unread } = attention(state);
    const parts = [
      offers > 0 ? t('title.offers', { count: offers }) : '',
      unread > 0 ? t('title.unread', { count: unread }) : '',
    ].filter(Boolean);
    const title = parts.length > 0 ? `(${parts.join(', ')}) ${t('app.title')}` : t('app.title');
    if (document.title !== title) document.title = title;
    const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]');
    const href = parts.length > 0 ? ALERT_ICON : PLAIN_ICON;
    if (icon && icon.href !== href) icon.href = href;
  }
}

const PLAIN_ICON = new URL('./icon.svg', import.meta.url).href;
const ALERT_ICON = new URL('./icon-alert.svg', import.meta.url).href;
