/** Who the customer talks to, the way to a person, and what else can be done. */

import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { property, query, state } from 'lit/decorators.js';

import { initials } from '../../shared/format.ts';
import type { State } from '../../shared/protocol.ts';

import { PanelElement, define, styles } from './element.ts';
import styleText from './header.css?inline';
import { icons } from './icons.ts';

/** Events: `close`, `person`, `restart`, `sound`, `transcript`. */
export class PanelHeader extends PanelElement {
  static override styles = styles(styleText);

  @property({ attribute: false }) conversation: State | null = null;
  @property({ attribute: false }) siteName: string | undefined;
  /** True once there is something to download. */
  @property({ type: Boolean }) transcript = false;
  @property({ type: Boolean }) sound = false;
  /** True while a person may be asked for. */
  @property({ type: Boolean }) person = false;

  @state() private menuOpen = false;
  @query('.menu-button') private readonly menuButton!: HTMLButtonElement;

  /** Closes the menu; false when it was not open. */
  closeMenu(): boolean {
    if (!this.menuOpen) return false;
    this.menuOpen = false;
    this.menuButton.focus();
    return true;
  }

  override render(): TemplateResult {
    const { t } = this;
    const { picture, title, about } = this.whoIsThere();
    return html`
      <div class="head">
        <span class="picture" aria-hidden="true">${picture}</span>
        <div class="who">
          <h2><bdi>${title}</bdi></h2>
          <p>${about}</p>
        </div>
        <div class="menu" @focusout=${this.onFocusOut}>
          <button
            type="button"
            class="round menu-button"
            aria-label=${t('menu')}
            aria-haspopup="menu"
            aria-expanded=${this.menuOpen ? 'true' : 'false'}
            @click=${this.toggleMenu}
            @keydown=${this.onButtonKey}
          >
            ${icons.more}
          </button>
          ${this.menuOpen ? this.renderMenu() : nothing}
        </div>
        <button type="button" class="round" aria-label=${t('close')} @click=${() => this.fire('close')}>${icons.close}</button>
      </div>
    `;
  }

  protected override updated(): void {
    if (this.menuOpen && !this.shadowRoot?.activeElement?.closest('[role=menu]')) this.items[0]?.focus();
  }

  private whoIsThere(): { picture: unknown; title: string; about: string } {
    const { t } = this;
    const name = this.conversation?.handoff?.agent_name;
    switch (this.conversation?.holder) {
      case 'human':
        return { picture: name ? initials(name) : icons.person, title: name ?? t('person'), about: t('person.about') };
      case 'queue':
        return { picture: icons.support, title: this.siteName ?? t('person.about'), about: t('waiting') };
      default:
        return { picture: icons.assistant, title: this.siteName ?? t('assistant'), about: this.siteName ? t('assistant') : t('assistant.about') };
    }
  }

  private renderMenu(): TemplateResult {
    const { t, transcript } = this;
    return html`
      <div role="menu" aria-label=${t('menu')} @keydown=${this.onMenuKey} @click=${this.closeMenu}>
        ${this.person
          ? html`<button type="button" role="menuitem" tabindex="-1" @click=${() => this.fire('person')}>
              ${icons.support}${t('person.ask')}
            </button>`
          : nothing}
        ${transcript
          ? html`<button type="button" role="menuitem" tabindex="-1" @click=${() => this.fire('transcript')}>
              ${icons.download}${t('menu.transcript')}
            </button>`
          : nothing}
        <button
          type="button"
          role="menuitemcheckbox"
          tabindex="-1"
          aria-checked=${this.sound ? 'true' : 'false'}
          @click=${() => this.fire('sound')}
        >
          ${icons.sound}<span class="grow">${t('menu.sound')}</span>${this.sound ? icons.check : nothing}
        </button>
        <button type="button" role="menuitem" tabindex="-1" @click=${() => this.fire('restart')}>
          ${icons.restart}${t('menu.restart')}
        </button>
      </div>
    `;
  }

  private get items(): HTMLElement[] {
    return [...this.renderRoot.querySelectorAll<HTMLElement>('[role^=menuitem]')];
  }

  private toggleMenu(): void {
    this.menuOpen = !this.menuOpen;
  }

  private onButtonKey(event: KeyboardEvent): void {
    if (event.key !== 'ArrowDown') return;
    event.preventDefault();
    this.menuOpen = true;
  }

  private onMenuKey(event: KeyboardEvent): void {
    const { items } = this;
    const at = items.indexOf(this.shadowRoot?.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (event.key === 'Tab') this.menuOpen = false;
    if (to === undefined) return;
    event.preventDefault();
    items.at(to % items.length)?.focus();
  }

  private onFocusOut(event: FocusEvent): void {
    const menu = event.currentTarget as HTMLElement;
    if (event.relatedTarget && !menu.contains(event.relatedTarget as Node)) this.menuOpen = false;
  }
}

define('firstline-header', PanelHeader);
