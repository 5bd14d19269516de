/** The desk's settings: one's own account, and, for supervisors and administrators, the people at the desk. */

import { css, html } from 'lit';
import { customElement, property } from 'lit/decorators.js';

import { t } from '../i18n.ts';
import { Part } from '../part.ts';
import { isSupervisor } from '../state.ts';
import './own-account.ts';
import './people.ts';
import type { SettingsPage } from './route.ts';

@customElement('fl-settings')
export class Settings extends Part {
  static override styles = [
    Part.styles,
    css`
      :host {
        flex: 1;
        min-block-size: 0;
        overflow: auto;
        background: var(--page);
      }

      main {
        display: grid;
        gap: var(--space-4);
        max-inline-size: 1100px;
        margin-inline: auto;
        padding: var(--space-4);
      }

      main:focus {
        outline: none;
      }

      header {
        display: flex;
        flex-wrap: wrap;
        gap: var(--space-3);
        align-items: center;
        justify-content: space-between;
      }

      h1 {
        margin: 0;
        font-size: var(--text-lg);
      }

      a {
        color: var(--accent);
      }

      nav ul {
        display: flex;
        gap: var(--space-2);
        border-block-end: 1px solid var(--border);
      }

      nav a {
        display: inline-block;
        padding: var(--space-2) var(--space-3);
        border-block-end: 2px solid transparent;
        color: var(--text);
        text-decoration: none;
      }

      nav a[aria-current='page'] {
        border-block-end-color: var(--accent);
        font-weight: 600;
      }

      @media (forced-colors: active) {
        nav a:not([aria-current='page']) {
          border-block-end-color: Canvas;
        }
      }
    `,
  ];

  @property() page: SettingsPage = 'account';

  override firstUpdated(): void {
    this.renderRoot.querySelector('main')?.focus();
  }

  override render() {
    const people = isSupervisor(this.deskState);
    const page = people ? this.page : 'account';
    return html`<main id="settings" tabindex="-1" aria-labelledby="title">
      <header>
        <h1 id="title">${t('settings.title')}</h1>
        <a href="#">${t('settings.back')}</a>
      </header>
      ${people
        ? html`<nav aria-label=${t('settings.title')}>
            <ul>
              ${this.link('account', '#settings', page)} ${this.link('people', '#settings/people', page)}
            </ul>
          </nav>`
        : null}
      ${page === 'people'
        ? html`<fl-people .desk=${this.desk}></fl-people>`
        : html`<fl-own-account .desk=${this.desk}></fl-own-account>`}
    </main>`;
  }

  private link(page: SettingsPage, href: string, current: SettingsPage) {
    return html`<li>
      <a href=${href} aria-current=${page === current ? 'page' : 'false'}>${t(`settings.${page}`)}</a>
    </li>`;
  }
}
