/** Who the customer is, and what the shop holds about them. */

import { html } from 'lit';
import type { TemplateResult } from 'lit';

import { timeOfDay } from '../shared/format.ts';
import { copyButton, type Copy } from './copy-button.ts';
import { icon } from './icons.ts';
import { hasKey, locale, t } from './i18n.ts';
import { moneyText } from './money.ts';
import { humanise } from './titles.ts';
import type { Contact, Context, Order } from './types.ts';

/** Who it is, and how surely that is known. */
export function customerSection(context: Context, visitor: string, copy: Copy): TemplateResult {
  const { customer } = context;
  if (!customer) {
    return html`<section>
      <h3>${t('context.who')}</h3>
      <strong>${visitor}</strong>
      <p class="proof doubt">${icon('doubt')}${t('context.unknown')}</p>
    </section>`;
  }
  return html`<section>
    <h3>${t('context.who')}</h3>
    <strong>${customer.name}</strong>
    <p class="proof ${customer.verified ? 'ok' : 'doubt'}">
      ${icon(customer.verified ? 'shield' : 'doubt')}
      <span>${proofText(customer)}</span>
    </p>
    <ul class="reach">
      ${reachable(t('context.email'), customer.email, copy)} ${reachable(t('context.phone'), customer.phone, copy)}
    </ul>
  </section>`;
}

/** What proves who it is: `Code to the address on file · until 14:05`. */
function proofText({ verified, verified_by, level, expires_at }: NonNullable<Context['customer']>): string {
  const key = `proof.${(verified_by ?? '').replaceAll(' ', '_')}`;
  const how = hasKey(key) ? t(key) : humanise(verified_by ?? '');
  if (!verified || level === 'hint') return how ? t('context.only_hint', { how }) : t('context.not_verified');
  const until = typeof expires_at === 'number' ? t('context.until', { time: timeOfDay(expires_at, locale()) }) : null;
  return [how || t('chat.verified'), level === 'weak' ? t('context.weak') : null, until].filter(Boolean).join(' · ');
}

/** What the shop holds about the customer. */
export function recordsOfCustomer(contact: Contact, copy: Copy): TemplateResult {
  return html`<details class="section" open>
    <summary><h3>${t('context.customer_records')}</h3></summary>
    ${records(contact, copy)}
  </details>`;
}

function reachable(what: string, value: string | null, copy: Copy) {
  if (!value) return null;
  return html`<li>
    <span class="one-line" title=${what}><bdi>${value}</bdi></span>
    ${copyButton(what, value, copy)}
  </li>`;
}

function records(contact: Contact, copy: Copy): TemplateResult {
  const { orders, returns, tickets } = contact;
  if (orders.length + returns.length + tickets.length === 0) {
    return html`<p class="muted">${t('context.no_records')}</p>`;
  }
  return html`${orders.length > 0
      ? html`<h4>${t('context.orders')}</h4>
          ${orders.map((order) => orderCard(order, copy))}`
      : null}
    ${returns.length > 0
      ? html`<h4>${t('context.returns')}</h4>
          <ul class="records">
            ${returns.map(
              (each) => html`<li>
                <span>${each.item_name} <span class="muted">${each.order_number}</span></span>
                <span class="chip">${wordFor('return', each.status)}</span>
              </li>`,
            )}
          </ul>`
      : null}
    ${tickets.length > 0
      ? html`<h4>${t('context.tickets')}</h4>
          <ul class="records">
            ${tickets.map(
              (each) => html`<li>
                <span>${wordFor('ticket', each.kind)} <span class="muted">${each.id}</span></span>
                <span class="muted"><bdi>${each.text}</bdi></span>
              </li>`,
            )}
          </ul>`
      : null}`;
}

const STATUS_LOOK: Readonly<Record<string, string>> = {
  delivered: 'ok',
  delayed: 'danger',
  cancelled: 'warning',
  refunded: 'warning',
};

function statusText(status: string): string {
  return wordFor('order', status);
}

function wordFor(what: 'order' | 'return' | 'ticket', code: string): string {
  const key = `${what}.${code}`;
  return hasKey(key) ? t(key) : humanise(code);
}

function orderCard(order: Order, copy: Copy): TemplateResult {
  return html`<details class="order">
    <summary>
      <span class="number"><strong>${order.number}</strong></span>
      <span class="chip ${STATUS_LOOK[order.status] ?? ''}">${statusText(order.status)}</span>
      <span class="number muted">${moneyText(order.total, order.currency, locale())}</span>
    </summary>
    <ul>
      ${order.items.map((item) => html`<li>${item.quantity} × ${item.name}</li>`)}
      <li class="muted">${t('context.order_placed', { day: dayText(order.placed_at * 1000) })}</li>
      ${order.expected_on && !order.delivered_at
        ? html`<li class="muted">${t('context.order_expected', { day: dayText(order.expected_on) })}</li>`
        : null}
      ${order.delivered_at
        ? html`<li class="muted">${t('context.order_delivered', { day: dayText(order.delivered_at * 1000) })}</li>`
        : null}
      ${order.delay_reason ? html`<li class="error">${order.delay_reason}</li>` : null}
      ${order.address
        ? html`<li class="muted">${order.address.street}, ${order.address.postcode} ${order.address.city}</li>`
        : null}
      ${order.tracking
        ? html`<li class="tracking">
            <span class="one-line">${order.carrier} <bdi>${order.tracking}</bdi></span>
            ${copyButton(order.carrier ?? '', order.tracking, copy)}
          </li>`
        : null}
    </ul>
  </details>`;
}

function dayText(when: number | string): string {
  // A day without a time is meant in no time zone.
  const zone = typeof when === 'string' ? { timeZone: 'UTC' } : {};
  return new Intl.DateTimeFormat(locale(), { day: 'numeric', month: 'short', ...zone }).format(new Date(when));
}
