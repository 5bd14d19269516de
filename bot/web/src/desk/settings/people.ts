/** The people at the desk: everyone with role, queues and status. Administrators change them. */

import { css, html } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';

import { fullTime } from '../../shared/format.ts';
import { locale, t } from '../i18n.ts';
import { Part } from '../part.ts';
import { AccountsApi, type Account } from './accounts-api.ts';
import './person-dialog.ts';
import type { PersonDialog } from './person-dialog.ts';
import { settingsStyles } from './styles.ts';

const STATUS_CHIPS = { active: 'ok', invited: 'warning', disabled: 'danger' } as const;

@customElement('fl-people')
export class People extends Part {
  static override styles = [
    Part.styles,
    settingsStyles,
    css`
      .head {
        display: flex;
        flex-wrap: wrap;
        gap: var(--space-2);
        align-items: center;
        justify-content: space-between;
      }

      table {
        inline-size: 100%;
        border-collapse: collapse;
      }

      th,
      td {
        padding: var(--space-2);
        border-block-end: 1px solid var(--border);
        text-align: start;
        vertical-align: top;
      }

      thead th {
        color: var(--text-muted);
        font-weight: 550;
      }

      tbody th {
        font-weight: 600;
      }

      tbody th .muted {
        font-weight: 400;
      }

      @media (max-width: 760px) {
        thead {
          position: absolute;
          inline-size: 1px;
          block-size: 1px;
          overflow: hidden;
          clip-path: inset(50%);
        }

        tr {
          display: grid;
          padding-block: var(--space-2);
          border-block-end: 1px solid var(--border);
        }

        th,
        td {
          padding-block: 2px;
          border: 0;
        }
      }
    `,
  ];

  @state() private accounts: Account[] | null = null;
  @query('fl-person-dialog') private readonly dialog!: PersonDialog;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.load();
  }

  override render() {
    if (!this.accounts) return html`<p role="status" class="muted">${t('settings.loading')}</p>`;
    const admin = this.deskState.me?.role === 'admin';
    return html`<section aria-labelledby="people-title">
        <div class="head">
          <h2 id="people-title">${t('settings.people')}</h2>
          ${admin
            ? html`<button class="button primary" @click=${() => void this.dialog.open(null)}>
                ${t('people.add')}
              </button>`
            : html`<p class="muted">${t('people.read_only')}</p>`}
        </div>
        <table role="table">
          <thead role="rowgroup">
            <tr role="row">
              ${(['name', 'role', 'queues', 'status', 'last'] as const).map(
                (column) => html`<th scope="col" role="columnheader">${t(`people.${column}`)}</th>`,
              )}
              ${admin ? html`<th scope="col" role="columnheader"><span class="visually-hidden">${t('people.actions')}</span></th>` : null}
            </tr>
          </thead>
          <tbody role="rowgroup">
            ${this.accounts.map((account) => this.row(account, admin))}
          </tbody>
        </table>
      </section>
      <fl-person-dialog
        .desk=${this.desk}
        @fl-changed=${() => void this.load()}
      ></fl-person-dialog>`;
  }

  private row(account: Account, admin: boolean) {
    return html`<tr role="row">
      <th scope="row" role="rowheader">
        <bdi>${account.name}</bdi>
        <div class="muted"><bdi>${account.login}</bdi></div>
      </th>
      <td role="cell">${t(`role.${account.role}`)}</td>
      <td role="cell">${this.served(account)}</td>
      <td role="cell">
        <span class="chip ${STATUS_CHIPS[account.status]}">${t(`people.status.${account.status}`)}</span>
        ${account.status === 'active' ? html`<span class="muted">${this.presence(account)}</span>` : null}
      </td>
      <td role="cell" class="muted">
        ${account.last_sign_in_at === null
          ? t('people.never')
          : fullTime(account.last_sign_in_at, locale())}
      </td>
      ${admin
        ? html`<td role="cell">
            <button
              class="button"
              aria-label=${t('people.edit_named', { name: account.name })}
              @click=${() => void this.dialog.open(account)}
            >
              ${t('people.edit')}
            </button>
          </td>`
        : null}
    </tr>`;
  }

  private served(account: Account) {
    if (account.helping) return t('people.helping');
    if (account.queues.length === 0) return html`<span class="muted">${t('people.no_queue')}</span>`;
    const titles = new Map(this.deskState.queues.map((queue) => [queue.name, queue.title]));
    return account.queues.map((name) => titles.get(name) ?? name).join(', ');
  }

  private presence(account: Account): string {
    // What the desk is told of others as it happens is newer than the list.
    const live = this.deskState.agents.find((agent) => agent.id === account.id);
    const presence = live?.presence ?? account.presence;
    const watches = live ? !live.takes_conversations : account.queues.length === 0 && !account.helping;
    return t(presence === 'available' && watches ? 'presence.watching' : `presence.${presence}`);
  }

  private async load(): Promise<void> {
    const api = new AccountsApi(this.desk.api);
    this.accounts = (await this.desk.attempt(() => api.list())) ?? this.accounts;
  }
}
