/** The page behind a one-time link: a person chooses their password, and is signed in with it. */

import { css, html } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';

import { ApiError } from '../api.ts';
import { icon } from '../icons.ts';
import { t } from '../i18n.ts';
import { Part } from '../part.ts';
import { AccountsApi } from './accounts-api.ts';
import { failureText } from './failure.ts';
import { settingsStyles } from './styles.ts';

@customElement('fl-invitation')
export class Invitation extends Part {
  static override styles = [
    Part.styles,
    settingsStyles,
    css`
      :host {
        display: grid;
        place-items: center;
        block-size: 100%;
        padding: var(--space-4);
        overflow: auto;
        font-size: var(--text-md);
      }

      main {
        display: grid;
        gap: var(--space-4);
        inline-size: min(100%, 380px);
      }

      form,
      .gone {
        display: grid;
        gap: var(--space-4);
        padding: var(--space-5);
        border: 1px solid var(--border);
        border-radius: var(--radius-lg);
        background: var(--surface);
        box-shadow: var(--shadow-md);
      }

      h1 {
        margin: 0;
        font-size: var(--text-lg);
      }

      input {
        inline-size: 100%;
      }

      .button {
        min-block-size: 40px;
      }
    `,
  ];

  @property() token = '';
  @state() private owner: { login: string; name: string } | null = null;
  @state() private gone = false;
  @state() private failure = '';
  @state() private busy = false;
  @query('#chosen') private readonly chosen!: HTMLInputElement;
  @query('#again') private readonly again!: HTMLInputElement;

  private get api(): AccountsApi {
    return new AccountsApi(this.desk.api);
  }

  override firstUpdated(): void {
    void this.open();
  }

  override render() {
    if (this.gone) {
      return html`<main>
        <div class="gone" role="alert">
          <h1>${t('invitation.gone_title')}</h1>
          <p>${t('invitation.gone')}</p>
          <a class="button" href="/desk" @click=${this.leave}>${t('invitation.to_desk')}</a>
        </div>
      </main>`;
    }
    if (!this.owner) {
      return html`<main role="status">
        ${this.failure
          ? html`<p class="told bad">${this.failure}</p>
              <button class="button" @click=${() => void this.open()}>${t('app.try_again')}</button>`
          : t('app.starting')}
      </main>`;
    }
    return html`<main>
      <form @submit=${this.submit} novalidate>
        <h1>${t('invitation.title', { name: this.owner.name })}</h1>
        <p>${t('invitation.told', { login: this.owner.login })}</p>
        <input type="text" autocomplete="username" .value=${this.owner.login} hidden readonly />
        <div class="field">
          <label for="chosen">${t('settings.password.new')}</label>
          <input id="chosen" type="password" autocomplete="new-password" aria-describedby="rule failure" />
        </div>
        <div class="field">
          <label for="again">${t('settings.password.again')}</label>
          <input id="again" type="password" autocomplete="new-password" aria-describedby="failure" />
        </div>
        <p class="muted" id="rule">${t('settings.password.rule')}</p>
        <div id="failure" role="alert">
          ${this.failure ? html`<p class="told bad">${icon('warn')} ${this.failure}</p>` : null}
        </div>
        <button class="button primary" ?disabled=${this.busy}>${t('invitation.submit')}</button>
      </form>
    </main>`;
  }

  private async open(): Promise<void> {
    this.failure = '';
    try {
      this.owner = await this.api.openLink(this.token);
      await this.updateComplete;
      this.chosen.focus();
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) this.gone = true;
      else this.failure = failureText(error);
    }
  }

  private readonly submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const { owner } = this;
    const password = this.chosen.value;
    if (!owner) return;
    if (password !== this.again.value) {
      this.failure = t('settings.password.differ');
      this.again.focus();
      return;
    }
    this.busy = true;
    this.failure = '';
    try {
      await this.api.useLink(this.token, password);
      await this.desk.api.signIn(owner.login, password);
      location.replace('/desk');
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) this.gone = true;
      this.failure = failureText(error);
      this.busy = false;
    }
  };

  private readonly leave = (event: Event): void => {
    event.preventDefault();
    location.replace('/desk');
  };
}
