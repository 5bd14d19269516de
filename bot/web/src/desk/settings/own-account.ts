/** One's own account: another password, and where one is signed in. */

import { css, html } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';

import { locale, t } from '../i18n.ts';
import { Part } from '../part.ts';
import { fullTime } from '../../shared/format.ts';
import { AccountsApi, type Session } from './accounts-api.ts';
import { browserName } from './browser-name.ts';
import { failureText } from './failure.ts';
import { settingsStyles } from './styles.ts';

@customElement('fl-own-account')
export class OwnAccount extends Part {
  static override styles = [
    Part.styles,
    settingsStyles,
    css`
      :host {
        display: grid;
        gap: var(--space-4);
      }

      form {
        max-inline-size: 360px;
      }

      form .button {
        justify-self: start;
      }

      li {
        display: flex;
        flex-wrap: wrap;
        gap: var(--space-2) var(--space-3);
        align-items: center;
        justify-content: space-between;
        padding-block: var(--space-2);
        border-block-end: 1px solid var(--border);
      }

      li > div {
        min-inline-size: 0;
        overflow-wrap: anywhere;
      }
    `,
  ];

  @state() private sessions: Session[] | null = null;
  @state() private failure = '';
  @state() private done = '';
  @state() private busy = false;
  @query('#old') private readonly old!: HTMLInputElement;
  @query('#new') private readonly chosen!: HTMLInputElement;
  @query('#again') private readonly again!: HTMLInputElement;

  private get api(): AccountsApi {
    return new AccountsApi(this.desk.api);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.load();
  }

  override render() {
    return html`${this.password()} ${this.where()}`;
  }

  private password() {
    return html`<section aria-labelledby="password-title">
      <h2 id="password-title">${t('settings.password')}</h2>
      <form @submit=${this.change} novalidate>
        <input type="text" autocomplete="username" .value=${this.deskState.me?.login ?? ''} hidden readonly />
        ${this.field('old', t('settings.password.old'), 'current-password')}
        ${this.field('new', t('settings.password.new'), 'new-password')}
        ${this.field('again', t('settings.password.again'), 'new-password')}
        <p class="muted" id="rule">${t('settings.password.rule')}</p>
        <div role="alert" id="failure">
          ${this.failure ? html`<p class="told bad">${this.failure}</p>` : null}
        </div>
        <div role="status">${this.done ? html`<p class="told good">${this.done}</p>` : null}</div>
        <button class="button primary" ?disabled=${this.busy}>${t('settings.password.change')}</button>
      </form>
    </section>`;
  }

  private field(id: string, label: string, autocomplete: 'current-password' | 'new-password') {
    return html`<div class="field">
      <label for=${id}>${label}</label>
      <input id=${id} type="password" autocomplete=${autocomplete} aria-describedby="rule failure" />
    </div>`;
  }

  private where() {
    if (!this.sessions) return null;
    return html`<section aria-labelledby="sessions-title">
      <h2 id="sessions-title">${t('settings.sessions')}</h2>
      <ul>
        ${this.sessions.map(
          (session) => html`<li>
            <div>
              <strong dir="auto" title=${session.client}>${browserName(session.client) || t('settings.sessions.unknown')}</strong>
              <div class="muted">
                ${session.created_at === null
                  ? null
                  : t('settings.sessions.since', { when: fullTime(session.created_at, locale()) })}
                <bdi>${session.address}</bdi>
              </div>
            </div>
            ${session.current
              ? html`<span class="chip ok">${t('settings.sessions.this')}</span>`
              : html`<button class="button" @click=${() => void this.end(session)}>
                  ${t('settings.sessions.end')}
                </button>`}
          </li>`,
        )}
      </ul>
      <div class="actions">
        <button class="button" @click=${() => void this.endAll()}>${t('settings.sessions.end_all')}</button>
      </div>
    </section>`;
  }

  private async load(): Promise<void> {
    this.sessions = (await this.desk.attempt(() => this.api.sessions())) ?? this.sessions;
  }

  private async end(session: Session): Promise<void> {
    await this.desk.attempt(() => this.api.endSession(session.id));
    await this.load();
  }

  private async endAll(): Promise<void> {
    await this.desk.attempt(() => this.api.endSessions());
    await this.desk.attempt(() => this.desk.api.whoAmI());
  }

  private readonly change = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    this.done = '';
    this.failure = '';
    if (!this.old.value || !this.chosen.value) {
      this.failure = t('settings.password.missing');
      (this.old.value ? this.chosen : this.old).focus();
      return;
    }
    if (this.chosen.value !== this.again.value) {
      this.failure = t('settings.password.differ');
      this.again.focus();
      return;
    }
    this.busy = true;
    try {
      await this.api.changePassword(this.old.value, this.chosen.value);
      for (const input of [this.old, this.chosen, this.again]) input.value = '';
      this.done = t('settings.password.changed');
      await this.load();
    } catch (error) {
      this.failure = failureText(error);
    } finally {
      this.busy = false;
    }
  };
}
