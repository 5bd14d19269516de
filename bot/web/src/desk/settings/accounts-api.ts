/** The HTTP calls of accounts, typed from docs/api.md. Times are seconds since the epoch. */

import type { Api } from '../api.ts';
import type { Presence, Role } from '../types.ts';

export interface Account {
  id: string;
  login: string;
  name: string;
  role: Role;
  languages: string[];
  queues: string[];
  skills: string[];
  capacity: number;
  presence: Presence;
  helping: boolean;
  status: 'active' | 'invited' | 'disabled';
  last_sign_in_at: number | null;
  link_expires_at: number | null;
}

/** What can be set of a person; `login` only when they are added. */
export type AccountFields = Pick<Account, 'name' | 'role' | 'languages' | 'queues' | 'skills' | 'capacity'>;

/** A one-time link: its path goes behind the server's address. */
export interface OneTimeLink {
  path: string;
  expires_at: number;
}

export interface Session {
  id: string;
  created_at: number | null;
  used_at: number;
  address: string;
  client: string;
  current: boolean;
}

export class AccountsApi {
  constructor(private readonly api: Api) {}

  list = (): Promise<Account[]> => this.api.request('GET', '/agents/accounts');
  add = (login: string, fields: AccountFields): Promise<{ account: Account; link: OneTimeLink }> =>
    this.api.request('POST', '/agents', { login, ...fields });
  edit = (id: string, fields: Partial<AccountFields>): Promise<Account> =>
    this.api.request('PATCH', `/agents/${encodeURIComponent(id)}`, fields);
  disable = (id: string): Promise<Account> => this.#on(id, 'disable');
  enable = (id: string): Promise<Account> => this.#on(id, 'enable');
  newLink = (id: string): Promise<OneTimeLink> => this.#on(id, 'link');
  signOut = (id: string): Promise<void> =>
    this.api.request('DELETE', `/agents/${encodeURIComponent(id)}/sessions`);

  changePassword = (old: string, chosen: string): Promise<void> =>
    this.api.request('PUT', '/session/password', { old, new: chosen });
  sessions = (): Promise<Session[]> => this.api.request('GET', '/sessions');
  endSession = (id: string): Promise<void> =>
    this.api.request('DELETE', `/sessions/${encodeURIComponent(id)}`);
  endSessions = (): Promise<void> => this.api.request('DELETE', '/sessions');

  openLink = (token: string): Promise<{ login: string; name: string; expires_at: number }> =>
    this.api.request('POST', '/one-time-link', { token });
  useLink = (token: string, password: string): Promise<void> =>
    this.api.request('POST', '/one-time-link/password', { token, password });

  #on<T>(id: string, verb: string): Promise<T> {
    return this.api.request('POST', `/agents/${encodeURIComponent(id)}/${verb}`);
  }
}
