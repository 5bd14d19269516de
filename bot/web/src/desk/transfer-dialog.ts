/** Passing a conversation on: to a queue, to a person, or a call to a number outside. */

import { css, html } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';

import type { Outside, OutsideTargets, Transfer } from './api.ts';
import { DeskDialog } from './dialog.ts';
import { t, type Key } from './i18n.ts';
import { outsideTarget } from './outside.ts';
import { customerName, reasonText } from './names.ts';
import { hasLiveCall, selectedHandoff } from './state.ts';
import type { HandoffView } from './types.ts';

interface Target {
  id: string;
  kind: 'queue' | 'person';
  title: string;
  told: string;
  presence?: string;
  transfer: Transfer;
}

/** What may be typed of a kind, if anything: each from left to right, as it is in every language. */
function listed(key: Key, several: string[]): string[] {
  return several.length > 0 ? [t(key, { what: several.map((each) => `\u2066${each}\u2069`).join(', ') })] : [];
}

@customElement('fl-transfer-dialog')
export class TransferDialog extends DeskDialog {
  static override styles = [
    DeskDialog.styles,
    css`
      /* Beside the panel that says why a person was asked for, where there is room. */
      @media (min-width: 901px) and (max-width: 1320px) {
        dialog {
          margin-inline-end: 316px;
          inline-size: min(100vw - 340px, 460px);
        }

        dialog::backdrop {
          background: rgb(16 20 24 / 25%);
        }
      }

      .about {
        display: grid;
        gap: 2px;
        padding: var(--space-2) var(--space-3);
        border-radius: var(--radius-sm);
        background: var(--surface-sunken);
      }

      fieldset {
        display: grid;
        gap: 2px;
        max-block-size: 240px;
        margin: 0;
        padding: 0;
        border: 0;
        overflow-y: auto;
      }

      h3 {
        padding: var(--space-2) 0 2px;
        color: var(--text-muted);
        font-size: var(--text-xs);
        font-weight: 650;
      }

      .target {
        display: flex;
        align-items: center;
        gap: var(--space-2);
        min-block-size: 34px;
        padding-inline: var(--space-2);
        border-radius: var(--radius-sm);
        cursor: pointer;
      }

      .target:hover {
        background: var(--surface-hover);
      }

      .target:has(:checked) {
        background: var(--surface-selected);
      }

      .target .title {
        flex: 1;
        font-weight: 550;
      }

      .ways {
        display: grid;
        grid-template-columns: 1fr 1fr;
        gap: var(--space-1);
      }

      .dot {
        inline-size: 8px;
        block-size: 8px;
        border-radius: 50%;
        background: var(--border-strong);
      }

      .dot.available {
        background: var(--ok);
      }

      .dot.away {
        background: var(--warning);
      }

      @media (forced-colors: active) {
        .target:has(:checked) {
          outline: 2px solid Highlight;
          outline-offset: -2px;
        }

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
      }
    `,
  ];

  @state() private wanted = '';
  @state() private chosen = '';
  @state() private failure = '';
  /** Whether the call goes to a number outside. */
  @state() private outside = false;
  @state() private busy = false;
  @query('textarea') private readonly note!: HTMLTextAreaElement;
  @query('#outside') private readonly number!: HTMLInputElement | null;
  /** Whither calls may be passed on outside; null until it is known. */
  @state() private allowed: OutsideTargets | null = null;
  @state() private contact = '';

  override async show(): Promise<void> {
    this.wanted = '';
    this.chosen = '';
    this.failure = '';
    this.outside = false;
    this.contact = '';
    this.allowed = null;
    void this.desk.feed.refreshTargets();
    await super.show();
  }

  protected content() {
    const handoff = selectedHandoff(this.deskState);
    const isCall = handoff !== null && hasLiveCall(handoff);
    return html`<form @submit=${this.submit} novalidate>
      ${this.heading(t('transfer.title'))} ${handoff ? this.about(handoff) : null} ${isCall ? this.ways() : null}
      ${isCall && this.outside ? this.outsideField() : this.insideFields()}
      <p class="error" role="alert" ?hidden=${!this.failure}>${this.failure}</p>
      <footer>
        <button type="button" class="button" @click=${() => this.close()}>${t('dialog.cancel')}</button>
        <button class="button primary" ?disabled=${this.busy}>${t('transfer.submit')}</button>
      </footer>
    </form>`;
  }

  /** Why a person was asked for, which is what the note is about: the dialog may lie over the panel that says it. */
  private about(handoff: HandoffView) {
    return html`<p class="about">
      <strong class="one-line">${customerName(handoff)}</strong>
      <span>${reasonText(handoff.reason)}</span>
      ${handoff.preview ? html`<span class="one-line muted" dir="auto">“${handoff.preview}”</span>` : null}
    </p>`;
  }

  private ways() {
    const way = (outside: boolean, text: string) => html`<button
      type="button"
      class="button"
      aria-pressed=${outside === this.outside ? 'true' : 'false'}
      @click=${() => this.go(outside)}
    >
      ${text}
    </button>`;
    return html`<div class="ways" role="group" aria-label=${t('transfer.to')}>
      ${way(false, t('transfer.inside'))} ${way(true, t('transfer.outside'))}
    </div>`;
  }

  private outsideField() {
    if (!this.allowed) return null;
    const { contacts, numbers, addresses } = this.allowed;
    const typed = [
      ...listed('transfer.outside_numbers', numbers),
      ...listed('transfer.outside_addresses', addresses),
    ];
    if (contacts.length === 0 && typed.length === 0) return html`<p class="muted">${t('transfer.outside_none')}</p>`;
    const group = html`<fieldset aria-label=${t('transfer.contacts')}>
      ${contacts.map(
        (name) => html`<label class="target">
          <input
            type="radio"
            name="contact"
            value=${name}
            .checked=${name === this.contact}
            @change=${() => this.choose(name)}
          />
          <span class="title one-line" dir="auto">${name}</span>
        </label>`,
      )}
    </fieldset>`;
    const field = html`<div class="field">
      <label for="outside">${t('transfer.number')}</label>
      <input
        id="outside"
        dir="ltr"
        inputmode="tel"
        autocomplete="off"
        maxlength="200"
        aria-describedby="outside-allowed"
        @input=${() => (this.contact = '')}
      />
      <span id="outside-allowed" class="muted">${typed.join(' · ')}</span>
    </div>`;
    return html`${contacts.length > 0 ? group : null} ${typed.length > 0 ? field : null}
      <p class="muted">${t('transfer.outside_hint')}</p>`;
  }

  private choose(contact: string): void {
    this.contact = contact;
    this.failure = '';
    if (this.number) this.number.value = '';
  }

  private insideFields() {
    const targets = this.targets();
    const wanted = this.wanted.trim().toLocaleLowerCase();
    const found = targets.filter((target) => target.title.toLocaleLowerCase().includes(wanted));
    return html`<div class="field">
        <label for="find" class="visually-hidden">${t('transfer.search')}</label>
        <input
          id="find"
          type="search"
          autofocus
          autocomplete="off"
          placeholder=${t('transfer.search')}
          @input=${(event: Event) => (this.wanted = (event.target as HTMLInputElement).value)}
        />
        <fieldset aria-label=${t('transfer.to')}>
          ${this.group(
            t('transfer.queues'),
            found.filter((target) => target.kind === 'queue'),
          )}
          ${this.group(
            t('transfer.people'),
            found.filter((target) => target.kind === 'person'),
          )}
          ${found.length === 0 ? html`<p class="muted">${t('transfer.none')}</p>` : null}
        </fieldset>
      </div>
      <div class="field">
        <label for="note">${t('transfer.note')}</label>
        <textarea id="note" rows="2" maxlength="2000"></textarea>
      </div>`;
  }

  private group(title: string, targets: Target[]) {
    if (targets.length === 0) return null;
    return html`<h3>${title}</h3>
      ${targets.map(
        (target) => html`<label class="target">
          <input
            type="radio"
            name="target"
            value=${target.id}
            .checked=${target.id === this.chosen}
            @change=${() => (this.chosen = target.id)}
          />
          ${target.presence ? html`<span class="dot ${target.presence}"></span>` : null}
          <span class="title one-line">${target.title}</span>
          <span class="muted">${target.told}</span>
        </label>`,
      )}`;
  }

  private targets(): Target[] {
    const { queues, agents, me } = this.deskState;
    const handoff = selectedHandoff(this.deskState);
    const presences = ['available', 'away', 'offline'];
    const people = agents
      .filter((agent) => agent.id !== handoff?.agent_id && agent.takes_conversations)
      .toSorted((a, b) => presences.indexOf(a.presence) - presences.indexOf(b.presence) || a.name.localeCompare(b.name));
    return [
      ...queues.map((queue): Target => ({
        id: `queue ${queue.name}`,
        kind: 'queue',
        title: queue.title,
        told: `${t('transfer.waiting', { count: queue.waiting })} · ${t('transfer.available', { count: queue.available_agents })}`,
        transfer: { queue: queue.name },
      })),
      ...people.map((agent): Target => ({
        id: `person ${agent.id}`,
        kind: 'person',
        title: agent.id === me?.id ? `${agent.name} (${t('transfer.me')})` : agent.name,
        told: `${t(`presence.${agent.presence}`)} · ${agent.load}/${agent.capacity}`,
        presence: agent.presence,
        transfer: { agent_id: agent.id },
      })),
    ];
  }

  private go(outside: boolean): void {
    this.outside = outside;
    this.failure = '';
    if (outside) void this.openOutside();
  }

  private async openOutside(): Promise<void> {
    this.allowed ??= (await this.desk.attempt(() => this.desk.api.outsideTargets())) ?? null;
    await this.updateComplete;
    if (this.outside) this.renderRoot.querySelector<HTMLInputElement>('input[name="contact"], #outside')?.focus();
  }

  private readonly submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const handoff = selectedHandoff(this.deskState);
    if (handoff && this.outside) {
      await this.passOn(handoff.id);
      return;
    }
    const target = this.targets().find((each) => each.id === this.chosen);
    if (!handoff || !target) {
      this.failure = t('transfer.choose');
      return;
    }
    const note = this.note.value.trim();
    this.busy = true;
    const done = await this.desk.work.transfer(handoff.id, { ...target.transfer, ...(note ? { note } : {}) });
    this.busy = false;
    if (done) this.close();
  };

  private async passOn(id: string): Promise<void> {
    const target = outsideTarget(this.number?.value ?? '');
    const outside: Outside | null = this.contact ? { contact: this.contact } : target ? { target } : null;
    if (!outside) {
      this.failure = t(this.number ? 'transfer.bad_number' : 'transfer.choose_contact');
      this.number?.focus();
      return;
    }
    this.busy = true;
    const done = await this.desk.calls.transferOutside(id, outside);
    this.busy = false;
    if (done) this.close();
  }
}
