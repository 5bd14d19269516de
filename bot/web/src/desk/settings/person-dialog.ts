/** Adds a person or changes one: what they are and serve, a link for a password, and being shut out. */

import { css, html } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';

import { fullTime } from '../../shared/format.ts';
import { DeskDialog } from '../dialog.ts';
import { locale, t } from '../i18n.ts';
import type { Role } from '../types.ts';
import { AccountsApi, type Account, type AccountFields, type OneTimeLink } from './accounts-api.ts';
import { failureText } from './failure.ts';
import { settingsStyles } from './styles.ts';

const ROLES: readonly Role[] = ['agent', 'supervisor', 'admin'];
type Sure = 'disable' | 'link' | 'sign_out';

@customElement('fl-person-dialog')
export class PersonDialog extends DeskDialog {
  static override styles = [
    DeskDialog.styles,
    settingsStyles,
    css`
      dialog {
        overflow: auto;
      }

      fieldset {
        display: flex;
        flex-wrap: wrap;
        gap: var(--space-2) var(--space-4);
        margin: 0;
        padding: 0;
        border: 0;
      }

      legend {
        padding: 0;
        margin-block-end: 4px;
        font-weight: 550;
      }

      .two {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(160px, 1fr));
        gap: var(--space-3);
      }

      .field input,
      .field select {
        inline-size: 100%;
      }

      .more {
        display: grid;
        gap: var(--space-3);
        padding-block-start: var(--space-3);
        border-block-start: 1px solid var(--border);
      }

      .danger {
        color: var(--danger);
      }
    `,
  ];

  @state() private account: Account | null = null;
  @state() private chosenRole: Role = 'agent';
  @state() private failure = '';
  @state() private busy = false;
  @state() private link: OneTimeLink | null = null;
  @state() private sure: Sure | null = null;
  @state() private copied = false;
  @query('form') private readonly form!: HTMLFormElement;

  private get api(): AccountsApi {
    return new AccountsApi(this.desk.api);
  }

  async open(account: Account | null): Promise<void> {
    this.account = account;
    this.chosenRole = account?.role ?? 'agent';
    this.failure = '';
    this.link = null;
    this.sure = null;
    await this.show();
  }

  override updated(changed: PropertyValues): void {
    super.updated(changed);
    // The button that was pressed is gone: the keyboard goes on with what took its place.
    if (changed.has('sure') && this.shown) this.renderRoot.querySelector<HTMLElement>('.more button')?.focus();
    if (changed.has('link') && this.link) this.renderRoot.querySelector<HTMLElement>('#link')?.focus();
  }

  protected override content(): TemplateResult {
    const { account } = this;
    const title = account ? t('people.edit_named', { name: account.name }) : t('people.add');
    if (this.link) return this.linkView(title, this.link);
    return html`<form @submit=${this.submit} novalidate>
        ${this.heading(title)}
        ${account
          ? null
          : html`<div class="field">
              <label for="login">${t('sign_in.login')}</label>
              <input id="login" name="login" maxlength="64" autocomplete="off" autocapitalize="none" spellcheck="false" />
            </div>`}
        <div class="field">
          <label for="name">${t('people.name')}</label>
          <input id="name" name="name" maxlength="200" autocomplete="off" .value=${account?.name ?? ''} />
        </div>
        <div class="two">
          <div class="field">
            <label for="role">${t('people.role')}</label>
            <select
              id="role"
              name="role"
              @change=${(event: Event) => (this.chosenRole = (event.target as HTMLSelectElement).value as Role)}
            >
              ${ROLES.map(
                (role) =>
                  html`<option value=${role} .selected=${role === this.chosenRole}>${t(`role.${role}`)}</option>`,
              )}
            </select>
          </div>
          <div class="field">
            <label for="capacity">${t('people.capacity')}</label>
            <input id="capacity" name="capacity" type="number" min="1" max="100" .value=${String(account?.capacity ?? 3)} />
          </div>
        </div>
        <fieldset aria-describedby="no-queue">
          <legend>${t('people.queues')}</legend>
          ${this.deskState.queues.map(
            (queue) => html`<label>
              <input
                type="checkbox"
                name="queue"
                value=${queue.name}
                .checked=${account ? account.queues.includes(queue.name) : true}
              />
              ${queue.title}
            </label>`,
          )}
        </fieldset>
        <p class="muted" id="no-queue">${t('people.queues_hint')}</p>
        <div class="two">
          <div class="field">
            <label for="languages">${t('people.languages')}</label>
            <input id="languages" name="languages" .value=${(account?.languages ?? []).join(' ')} />
          </div>
          <div class="field">
            <label for="skills">${t('people.skills')}</label>
            <input id="skills" name="skills" .value=${(account?.skills ?? []).join(' ')} />
          </div>
        </div>
        <div role="alert">${this.failure ? html`<p class="told bad">${this.failure}</p>` : null}</div>
        <footer>
          <button type="button" class="button" @click=${() => this.close()}>${t('dialog.cancel')}</button>
          <button class="button primary" ?disabled=${this.busy}>
            ${t(account ? 'people.save' : 'people.add_submit')}
          </button>
        </footer>
      </form>
      ${account ? html`<div class="content">${this.more(account)}</div>` : null}`;
  }

  private more(account: Account) {
    if (this.sure) {
      const name = account.name;
      return html`<div class="more" role="group" aria-labelledby="sure">
        <p id="sure" class="told note">${t(`people.sure.${this.sure}`, { name })}</p>
        <div class="actions">
          <button class="button primary" ?disabled=${this.busy} @click=${this.certain}>
            ${t(`people.${this.sure}`)}
          </button>
          <button class="button" @click=${() => (this.sure = null)}>${t('dialog.cancel')}</button>
        </div>
      </div>`;
    }
    const own = account.id === this.deskState.me?.id;
    return html`<div class="more">
      <div class="actions">
        ${account.status === 'disabled'
          ? html`<button class="button" ?disabled=${this.busy} @click=${this.enable}>${t('people.enable')}</button>`
          : html`${own ? null : this.first('link')} ${this.first('sign_out')} ${this.first('disable')}`}
      </div>
    </div>`;
  }

  private first(what: Sure) {
    return html`<button class="button ${what === 'disable' ? 'danger' : ''}" @click=${() => (this.sure = what)}>
      ${t(`people.${what}`)}
    </button>`;
  }

  private linkView(title: string, link: OneTimeLink) {
    const url = new URL(link.path, location.origin).href;
    return html`<div class="content">
      ${this.heading(title)}
      <p>${t('people.link_told', { when: fullTime(link.expires_at, locale()) })}</p>
      <div class="field">
        <label for="link">${t('people.link_label')}</label>
        <input id="link" readonly dir="ltr" .value=${url} @focus=${(event: Event) => (event.target as HTMLInputElement).select()} />
      </div>
      <div role="status">${this.copied ? t('people.copied') : ''}</div>
      <footer>
        <button
          class="button"
          @click=${async () => {
            await navigator.clipboard.writeText(url);
            this.copied = true;
          }}
        >
          ${t('people.copy')}
        </button>
        <button class="button primary" @click=${() => this.close()}>${t('people.done')}</button>
      </footer>
    </div>`;
  }

  private fields(): AccountFields {
    const data = new FormData(this.form);
    const words = (name: string): string[] => text(data, name).split(/[\s,]+/).filter(Boolean);
    return {
      name: text(data, 'name'),
      role: this.chosenRole,
      capacity: Number(text(data, 'capacity')) || 0,
      queues: data.getAll('queue').map(String),
      languages: words('languages'),
      skills: words('skills'),
    };
  }

  private readonly submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const fields = this.fields();
    const { account } = this;
    void this.tried(async () => {
      if (account) {
        await this.api.edit(account.id, fields);
        this.close();
      } else {
        const login = text(new FormData(this.form), 'login');
        if (!login) throw new MissingLogin();
        this.link = (await this.api.add(login, { ...fields, name: fields.name || login })).link;
        this.copied = false;
      }
    });
  };

  private readonly enable = (): void => {
    const { account } = this;
    if (account) void this.tried(async () => void (this.account = await this.api.enable(account.id)));
  };

  private readonly certain = (): void => {
    const { account, sure } = this;
    if (!account) return;
    void this.tried(async () => {
      if (sure === 'disable') this.account = await this.api.disable(account.id);
      else if (sure === 'link') {
        this.link = await this.api.newLink(account.id);
        this.copied = false;
      } else {
        await this.api.signOut(account.id);
      }
    });
  };

  private async tried(run: () => Promise<void>): Promise<void> {
    this.busy = true;
    this.failure = '';
    this.sure = null;
    try {
      await run();
      this.dispatchEvent(new CustomEvent('fl-changed'));
    } catch (error) {
      this.failure = error instanceof MissingLogin ? t('people.login_missing') : failureText(error);
    } finally {
      this.busy = false;
    }
  }
}

class MissingLogin extends Error {}

function text(data: FormData, name: string): string {
  const value = data.get(name);
  return typeof value === 'string' ? value.trim() : '';
}
