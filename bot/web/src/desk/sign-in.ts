/** The page before the desk: who are you? */

import { css, html } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';

import { ApiError } from './api.ts';
import { icon } from './icons.ts';
import { t } from './i18n.ts';
import { Part } from './part.ts';

@customElement('fl-sign-in')
export class SignIn extends Part {
  static override styles = [
    Part.styles,
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
        inline-size: min(100%, 360px);
      }

      .brand {
        display: flex;
        align-items: center;
        gap: var(--space-3);
        margin-block-end: var(--space-5);
        font-size: var(--text-lg);
        font-weight: 650;
      }

      .brand img {
        inline-size: 32px;
        block-size: 32px;
      }

      form {
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
        min-block-size: 40px;
      }

      .password {
        position: relative;
      }

      .password input {
        padding-inline-end: 72px;
      }

      .password button {
        position: absolute;
        inset-block: 6px;
        inset-inline-end: 6px;
      }

      .primary {
        min-block-size: 40px;
      }

      .told {
        display: flex;
        gap: var(--space-2);
        padding: var(--space-2) var(--space-3);
        border-radius: var(--radius-sm);
        font-size: var(--text-sm);
      }

      .told svg {
        margin-block-start: 2px;
      }

      .told.bad {
        background: var(--danger-tint);
        color: var(--danger);
      }

      .told.expired,
      .told.caps {
        background: var(--warning-tint);
        color: var(--warning);
      }

      .demo {
        margin-block-start: var(--space-4);
        color: var(--text-muted);
        font-size: var(--text-sm);
        text-align: center;
      }
    `,
  ];

  @state() private failure = '';
  @state() private busy = false;
  @state() private capsLock = false;
  @state() private shown = false;
  @query('#login') private readonly loginInput!: HTMLInputElement;
  @query('#password') private readonly passwordInput!: HTMLInputElement;

  override firstUpdated(): void {
    (this.loginInput.value ? this.passwordInput : this.loginInput).focus();
  }

  override render() {
    const { expired, demo, me } = this.deskState;
    return html`<main>
      <div class="brand"><img src=${markUrl} alt="" />Firstline</div>
      <form @submit=${this.submit} @keydown=${this.watchCaps} @keyup=${this.watchCaps} novalidate>
        <h1>${t('sign_in.title')}</h1>
        ${expired && !this.failure
          ? html`<p class="told expired" role="status">${icon('info')}${t('sign_in.expired')}</p>`
          : null}
        <div class="field">
          <label for="login">${t('sign_in.login')}</label>
          <input
            id="login"
            name="login"
            autocomplete="username"
            autocapitalize="none"
            spellcheck="false"
            .defaultValue=${me?.login ?? ''}
            aria-invalid=${this.failure ? 'true' : 'false'}
            aria-describedby="failure"
          />
        </div>
        <div class="field">
          <label for="password">${t('sign_in.password')}</label>
          <div class="password">
            <input
              id="password"
              name="password"
              type=${this.shown ? 'text' : 'password'}
              autocomplete="current-password"
              aria-invalid=${this.failure ? 'true' : 'false'}
              aria-describedby="failure caps"
            />
            <button
              type="button"
              class="button quiet small"
              aria-pressed=${this.shown ? 'true' : 'false'}
              aria-label=${t(this.shown ? 'sign_in.hide' : 'sign_in.show')}
              title=${t(this.shown ? 'sign_in.hide' : 'sign_in.show')}
              @click=${() => (this.shown = !this.shown)}
            >
              ${icon(this.shown ? 'eyeOff' : 'eye')}
            </button>
          </div>
        </div>
        <div id="caps" role="status" ?hidden=${!this.capsLock}>
          ${this.capsLock ? html`<p class="told caps">${icon('warn')}${t('sign_in.caps')}</p>` : null}
        </div>
        <div id="failure" role="alert" ?hidden=${!this.failure}>
          ${this.failure ? html`<p class="told bad">${icon('warn')}${this.failure}</p>` : null}
        </div>
        <button class="button primary" ?disabled=${this.busy}>
          ${t(this.busy ? 'sign_in.busy' : 'sign_in.submit')}
        </button>
      </form>
      ${demo ? html`<p class="demo">${t('sign_in.demo')}</p>` : null}
    </main>`;
  }

  private readonly watchCaps = (event: KeyboardEvent): void => {
    this.capsLock = event.getModifierState('CapsLock');
  };

  private readonly submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const login = this.loginInput.value.trim();
    const password = this.passwordInput.value;
    if (!login || !password) {
      this.failure = t('sign_in.missing');
      (login ? this.passwordInput : this.loginInput).focus();
      return;
    }
    this.busy = true;
    this.failure = '';
    try {
      await this.desk.signIn(login, password);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.failure = failureText(error);
      this.passwordInput.select();
    } finally {
      this.busy = false;
    }
  };
}

const markUrl = new URL('./icon.svg', import.meta.url).href;

function failureText(error: ApiError): string {
  if (error.status === 401) return t('sign_in.failed');
  if (error.status === 429 || error.code === 'auth.busy') return t('sign_in.too_many');
  return error.status === 0 ? t('sign_in.unreachable') : error.message;
}
