/** Fills the shop's page from the demo's records, so that it says what the bot says: `{{ FL-101.price }}`. */

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import type { Plugin } from 'vite';

const records = resolve(import.meta.dirname, '../../../nlu_data/shop/records');
const PLACE = /\{\{\s*([\w.-]+)\s*\}\}/g;
const SYMBOLS: Readonly<Record<string, string>> = { EUR: '€', USD: '$', GBP: '£' };

interface Product {
  sku: string;
  name: string;
  tagline?: string;
  price: number;
  stock: number;
  restock_in_days: number | null;
  warranty_months: number;
}

type Span = readonly [number, number];

interface Terms {
  currency: string;
  delivery: { free_from: number; near: number; far: number; near_days: Span; far_days: Span };
  returns: { days: number; paid_within_days: number };
  few_left_below: number;
  hours: { people: { weekdays: Span; saturday: Span }; shops: { monday_to_saturday: Span } };
  shops: readonly { city: string; address: string }[];
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(join(records, file), 'utf8'));
}

/** Every value that the page may name. */
export function shopValues(): Map<string, string> {
  const terms = read('terms.json') as Terms;
  const { delivery, returns, hours } = terms;
  const money = (minor: number): string => {
    const amount = minor % 100 ? (minor / 100).toFixed(2) : String(minor / 100);
    return `${SYMBOLS[terms.currency] ?? `${terms.currency} `}${amount}`;
  };
  const values = new Map([
    ['free_from', money(delivery.free_from)],
    ['near', money(delivery.near)],
    ['far', money(delivery.far)],
    ['near_days', span(delivery.near_days)],
    ['far_days', span(delivery.far_days)],
    ['return_days', String(returns.days)],
    ['refund_days', String(returns.paid_within_days)],
    ['weekdays', span(hours.people.weekdays, ':00')],
    ['saturday', span(hours.people.saturday, ':00')],
    ['shop_hours', span(hours.shops.monday_to_saturday, ':00')],
    ['cities', new Intl.ListFormat('en-GB').format(terms.shops.map(({ city }) => city))],
  ]);
  for (const product of read('products.json') as Product[]) {
    const { sku, name, tagline, price } = product;
    values.set(`${sku}.name`, name).set(`${sku}.price`, money(price));
    values.set(`${sku}.availability`, availability(product, terms.few_left_below));
    if (tagline) values.set(`${sku}.tagline`, tagline);
  }
  return values;
}

/** With a word joiner, so that no line ends within it. */
function span([from, to]: Span, unit = ''): string {
  return `${from}${unit}–\u2060${to}${unit}`;
}

function availability({ stock, restock_in_days }: Product, fewBelow: number): string {
  if (stock === 0) return restock_in_days === null ? 'Sold out' : 'Out of stock, more is coming';
  return stock < fewBelow ? `Only ${stock} left` : 'In stock';
}

/** Replaces the places of a page. Throws for one that the records do not have. */
export function fill(html: string, values: ReadonlyMap<string, string>): string {
  return html.replace(PLACE, (_, name: string) => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`The page names {{ ${name} }}, which ${records} does not have.`);
    return value.replace(/&/g, '&amp;').replace(/</g, '&lt;');
  });
}

export function shopRecords(): Plugin {
  return {
    name: 'shop-records',
    transformIndexHtml: { order: 'pre', handler: (html) => fill(html, shopValues()) },
  };
}
