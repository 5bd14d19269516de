/** The bar on top: presence, load, and the desk's own settings. */

import { css, html } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';

import { initials } from '../shared/format.ts';
import { icon } from './icons.ts';
import { chooseToSpeak, language, languageName, languages, numberText, t } from './i18n.ts';
import { Part } from './part.ts';
import { sorted } from './state.ts';
import { chosenTheme, nextTheme, useTheme } from './theme.ts';
import type { Presence } from './types.ts';

const PRESENCES: readonly Presence[] = ['available', 'away', 'offline'];
const THEME_ICONS = { system: 'system', light: 'sun', dark: 'moon' } as const;

@customElement('fl-top-bar')
export class TopBar extends Part {
  static override styles = [
    Part.styles,
    css`
      header {
        display: flex;
        align-items: center;
        gap: var(--space-2);
        block-size: 48px;
        padding-inline: var(--space-3);
        border-block-end: 1px solid var(--border);
        background: var(--surface);
      }

      .brand {
        display: flex;
        align-items: center;
        gap: var(--space-2);
        margin-inline-end: var(--space-3);
        font-size: var(--text-md);
        font-weight: 650;
      }

      .brand img {
        inline-size: 22px;
        block-size: 22px;
      }

      a.button {
        color: inherit;
        text-decoration: none;
      }

      .presence {
        position: relative;
        display: flex;
        align-items: center;
      }

      .presence select {
        min-block-size: 30px;
        padding-block: 0;
        padding-inline: 24px 8px;
        border-color: var(--border);
        font-weight: 550;
      }

      .dot {
        position: absolute;
        inset-inline-start: 10px;
        inline-size: 8px;
        block-size: 8px;
        border-radius: 50%;
        background: var(--border-strong);
        pointer-events: none;
      }

      .dot.available {
        background: var(--ok);
      }

      .dot.away {
        background: var(--warning);
      }

      .load {
        display: flex;
        align-items: center;
        gap: 6px;
        margin-inline-start: var(--space-2);
      }

      .load i {
        display: inline-block;
        inline-size: 6px;
        block-size: 14px;
        margin-inline-end: 2px;
        border-radius: 2px;
        background: var(--border);
      }

      .load i.full {
        background: var(--accent);
      }

      .space {
        flex: 1;
      }

      .avatar {
        display: grid;
        place-items: center;
        inline-size: 30px;
        block-size: 30px;
        padding: 0;
        border: 0;
        border-radius: 50%;
        background: var(--accent);
        color: var(--on-accent);
        font-size: var(--text-xs);
        font-weight: 650;
      }

      #account {
        position: fixed;
        inset: 44px 8px auto auto;
        inline-size: 260px;
        margin: 0;
        padding: var(--space-3);
        border: 1px solid var(--border);
        border-radius: var(--radius-md);
        background: var(--surface-raised);
        color: var(--text);
        box-shadow: var(--shadow-lg);
      }

      #account:dir(rtl) {
        inset: 44px auto auto 8px;
      }

      .check {
        display: flex;
        gap: var(--space-2);
        align-items: baseline;
      }

      @media (forced-colors: active) {
        .dot {
          border: 2px solid CanvasText;
          background: Canvas;
          forced-color-adjust: none;
        }

        .dot.available {
          background: CanvasText;
        }

        .dot.away {
          background: linear-gradient(CanvasText 50%, Canvas 50%);
        }

        .load i {
          border: 1px solid CanvasText;
        }

        .load i.full {
          background: CanvasText;
          forced-color-adjust: none;
        }

        .avatar {
          border: 1px solid ButtonText;
        }
      }

      #account .stack {
        display: grid;
        gap: var(--space-3);
      }

      @media (max-width: 640px) {
        .brand span,
        .load .number,
        .wide {
          display: none;
        }

        .brand {
          margin-inline-end: 0;
        }
      }
    `,
  ];

  @state() private theme = chosenTheme();
  @state() private notifications: NotificationPermission | 'absent' =
    'Notification' in window ? Notification.permission : 'absent';
  @query('#account') private readonly account!: HTMLElement;

  override render() {
    const { me } = this.deskState;
    if (!me) return null;
    const { sound } = this.desk.preferences;
    const themeText = t('bar.theme', { theme: t(`theme.${this.theme}`) });
    const soundText = t(sound ? 'bar.sound_on' : 'bar.sound_off');
    return html`<header>
      <div class="brand"><img src=${markUrl} alt="" /><span>Firstline</span></div>
      <div class="presence">
        <span class="dot ${me.takes_conversations ? me.presence : ''}"></span>
        <select
          id="presence"
          aria-label=${t('presence.label')}
          @change=${(event: Event) =>
            void this.desk.setPresence((event.target as HTMLSelectElement).value as Presence)}
        >
          ${PRESENCES.map(
            (presence) => html`<option value=${presence} .selected=${presence === me.presence}>
              ${presence === 'available' && !me.takes_conversations
                ? t('presence.watching')
                : t(`presence.${presence}`)}
            </option>`,
          )}
        </select>
      </div>
      ${me.takes_conversations ? this.load(me.capacity) : null}
      <div class="space"></div>
      <button
        class="button quiet icon"
        aria-pressed=${sound ? 'true' : 'false'}
        aria-label=${soundText}
        title=${soundText}
        @click=${() => this.desk.setPreferences({ sound: !sound })}
      >
        ${icon(sound ? 'sound' : 'mute')}
      </button>
      <button class="button quiet icon" aria-label=${themeText} title=${themeText} @click=${this.changeTheme}>
        ${icon(THEME_ICONS[this.theme])}
      </button>
      <button
        class="button quiet icon wide"
        aria-label=${t('bar.help')}
        title="${t('bar.help')} (?)"
        @click=${() => this.dispatchEvent(new CustomEvent('fl-help', { bubbles: true, composed: true }))}
      >
        ${icon('keyboard')}
      </button>
      <button
        class="avatar"
        popovertarget="account"
        aria-label="${initials(me.name)}: ${t('bar.account')}, ${me.name}"
        title=${t('bar.account')}
      >
        ${initials(me.name)}
      </button>
      <div id="account" popover>${this.accountMenu()}</div>
    </header>`;
  }

  private load(capacity: number) {
    const load = sorted(this.deskState).mine.length;
    const label = t('load.label', { load, capacity });
    const cells = Array.from({ length: Math.min(Math.max(capacity, load), 10) }, (_, index) => index < load);
    return html`<div class="load" title=${label}>
      <span aria-hidden="true">${cells.map((full) => html`<i class=${full ? 'full' : ''}></i>`)}</span>
      <span class="number muted" aria-hidden="true">${numberText(load)}/${numberText(capacity)}</span>
      <span class="visually-hidden">${label}</span>
    </div>`;
  }

  private accountMenu() {
    const { me } = this.deskState;
    return html`<div class="stack">
      <div>
        <strong>${me?.name}</strong>
        <div class="muted">${me?.login} · ${t(`role.${me?.role ?? 'agent'}`)}</div>
      </div>
      <div class="field">
        <label for="language">${t('account.language')}</label>
        <select id="language" @change=${this.changeLanguage}>
          ${languages.map(
            (code) => html`<option value=${code} lang=${code} .selected=${code === language()}>
              ${languageName(code)}
            </option>`,
          )}
        </select>
      </div>
      ${this.notificationChoice()}
      <div class="check">
        <input
          id="letters"
          type="checkbox"
          .checked=${this.deskState.letters}
          @change=${(event: Event) =>
            this.desk.setPreferences({ letters: (event.target as HTMLInputElement).checked })}
        />
        <label for="letters">${t('help.letters')}</label>
      </div>
      <a class="button" href="#settings" @click=${() => this.account.hidePopover()}>${t('settings.title')}</a>
      <button class="button" @click=${this.leave}>${t('account.sign_out')}</button>
    </div>`;
  }

  private notificationChoice() {
    if (this.notifications === 'absent') return null;
    if (this.notifications === 'granted') return html`<p class="muted">${t('account.notify_on')}</p>`;
    if (this.notifications === 'denied') return html`<p class="muted">${t('account.notify_blocked')}</p>`;
    return html`<button
      class="button"
      @click=${async () => (this.notifications = await Notification.requestPermission())}
    >
      ${t('account.notify')}
    </button>`;
  }

  /** Asks first where there is somebody to be left behind. */
  private readonly leave = (): void => {
    this.account.hidePopover();
    const { outbox } = this.deskState;
    if (sorted(this.deskState).mine.length === 0 && outbox.length === 0) void this.desk.signOut();
    else this.dispatchEvent(new CustomEvent('fl-sign-out', { bubbles: true, composed: true }));
  };

  private readonly changeTheme = (): void => {
    this.theme = nextTheme(this.theme);
    useTheme(this.theme);
  };

  private readonly changeLanguage = async (event: Event): Promise<void> => {
    await chooseToSpeak((event.target as HTMLSelectElement).value);
    this.account.hidePopover();
    this.desk.renderAgain();
  };
}

const markUrl = new URL('./icon.svg', import.meta.url).href;
