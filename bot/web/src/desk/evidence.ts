/** The bot's evidence, section by section; whatever came from an utterance points at it. */

import { html } from 'lit';
import type { TemplateResult } from 'lit';

import { icon } from './icons.ts';
import { copyButton, type Copy } from './copy-button.ts';
import { hasKey, locale, t } from './i18n.ts';
import { reasonText, valueText } from './names.ts';
import { percentText } from './time.ts';
import { titled, titleOf } from './titles.ts';
import { tried } from './tried.ts';
import type { Context, IntentEvidence, SlotEvidence, Titles } from './types.ts';

/** Where in the transcript something came from. */
export interface Source {
  sequence: number;
  start: number | null;
  end: number | null;
}

/** The listeners that point at a line while the pointer or the focus is on something that came from it. */
export interface Pointing {
  point: (source: Source) => void;
  release: () => void;
  /** Shows the line for good: on narrow windows the chat comes to the front. */
  follow: (source: Source) => void;
}

/** What the customer wants: why a person was asked for, and what they came for. */
export function wantsSection(context: Context, titles: Titles, pointing: Pointing): TemplateResult {
  const { code, cause } = context.reason;
  const told = detailText(context, titles);
  const wanted = context.intents.filter((reading) => !reading.passing && reading.intent !== null);
  const unclear = context.intents.filter((reading) => reading.intent === null || NOT_UNDERSTOOD.has(reading.intent));
  return html`<section class="reason">
    <h3>${t('context.wants')}</h3>
    <strong>${reasonText(code)}</strong>
    ${told ? html`<p><bdi>${told}</bdi></p>` : null}
    ${cause?.text
      ? pointer({ sequence: cause.sequence, start: null, end: null }, pointing, 'quote', html`<bdi>“${cause.text}”</bdi>`)
      : null}
    ${wanted.length > 0
      ? html`<ul class="wanted">
          ${latestOfEach(wanted).map(
            (reading) => html`<li>
              ${pointer(
                { sequence: reading.sequence, start: null, end: null },
                pointing,
                'reading',
                html`<span>${titled(titles, 'intents', reading.intent ?? '')}</span>
                  <span class="said one-line muted" dir="auto">${reading.text}</span>`,
              )}
            </li>`,
          )}
        </ul>`
      : null}
    ${unclear.length > 0 ? html`<p class="muted">${t('context.unclear', { count: unclear.length })}</p>` : null}
  </section>`;
}

const NOT_UNDERSTOOD = new Set(['nlu_fallback', 'out_of_scope']);

/** One line for each matter that was raised, with the latest words about it. */
function latestOfEach(readings: readonly IntentEvidence[]): IntentEvidence[] {
  return [...new Map(readings.map((reading) => [reading.intent, reading])).values()];
}

/** More about the reason, where it can be said in an agent's words: what could not be finished, say. */
function detailText({ reason: { code, detail } }: Context, titles: Titles): string | undefined {
  if (!detail) return undefined;
  // A project's own words may have particulars in brackets.
  const bare = detail.replace(/\s*\(.*\)$/u, '');
  return (
    titleOf(titles, 'reasons', bare) ??
    titleOf(titles, 'forms', detail) ??
    titleOf(titles, 'slots', detail) ??
    titleOf(titles, 'actions', detail) ??
    (code === 'asked_for_person' || /\s/u.test(detail) ? detail : undefined)
  );
}

/** What the customer told first; what the bot noted down for itself behind a click. */
export function slotsSection(context: Context, titles: Titles, pointing: Pointing, copy: Copy): TemplateResult {
  const told = context.slots.filter((slot) => sourceOf(slot) !== undefined);
  const own = context.slots.filter((slot) => sourceOf(slot) === undefined);
  return html`<details class="section" open>
    <summary><h3>${t('context.slots')}</h3></summary>
    ${told.length === 0 ? html`<p class="muted">${t('context.slots_empty')}</p>` : null}
    <ul class="slots">
      ${told.map((slot) => slotRow(slot, titles, pointing, copy))}
    </ul>
    ${own.length > 0
      ? html`<details>
          <summary class="muted">${t('context.slots_own', { count: own.length })}</summary>
          <ul class="slots">
            ${own.map((slot) => slotRow(slot, titles, pointing, copy))}
          </ul>
        </details>`
      : null}
  </details>`;
}

function slotRow(slot: SlotEvidence, titles: Titles, pointing: Pointing, copy: Copy): TemplateResult {
  const source = sourceOf(slot);
  const text = slotText(slot.value);
  const inner = html`<span class="key">${titled(titles, 'slots', slot.name)}</span>
    <span class="value"><bdi>${text}</bdi></span>
    ${slot.confirmed
      ? html`<span class="confirmed" title=${t('context.confirmed')}
          >${icon('check')}<span class="visually-hidden">${t('context.confirmed')}</span></span
        >`
      : bar(slot.confidence)}`;
  return html`<li>
    ${source ? pointer(source, pointing, 'fact', inner) : html`<div class="fact">${inner}</div>`}
    ${copyButton(titled(titles, 'slots', slot.name), text, copy)}
  </li>`;
}

/** What the bot set out to do, and what it still lacks. */
export function triedSection(context: Context, titles: Titles, pointing: Pointing) {
  const entries = tried(context.attempts);
  const { form } = context;
  if (entries.length === 0 && !form) return null;
  return html`<section>
    <h3>${t('context.attempts')}</h3>
    <ol class="attempts">
      ${entries.map(
        (attempt) => html`<li>
          ${pointer(
            { sequence: attempt.sequence, start: null, end: null },
            pointing,
            'attempt',
            html`<span>${titled(titles, 'actions', attempt.action)}</span>
              ${attempt.outcomes.map(
                (outcome) => html`<span class="outcome muted">${outcomeText(outcome, titles)}</span>`,
              )}`,
          )}
        </li>`,
      )}
    </ol>
    ${form && form.missing.length > 0
      ? html`<p class="form">
          <span>${t('context.stopped_at', { what: titled(titles, 'forms', form.name) })}</span>
          <span class="muted">${t('context.missing')}</span>
          ${form.missing.map((name) => html`<span class="chip warning">${titled(titles, 'slots', name)}</span> `)}
        </p>`
      : null}
  </section>`;
}

/** `read: order 48213` as a sentence: what came of an attempt. */
function outcomeText(outcome: string, titles: Titles): string {
  const [, verb = '', rest = ''] = /^(\w+): ?(.*)$/su.exec(outcome) ?? [];
  if (verb === 'failed') return t('outcome.failed');
  if (verb === 'escalated') return t('outcome.escalated');
  const [kind = '', ...id] = rest.split(' ');
  const what = `${titled(titles, 'records', kind)} \u2068${id.join(' ')}\u2069`;
  const key = `outcome.${verb}`;
  return hasKey(key) ? t(key, { what }) : plainWords(outcome);
}

export function recordsSection(context: Context, titles: Titles) {
  if (context.records.length === 0) return null;
  return html`<details class="section">
    <summary><h3>${t('context.records')}</h3></summary>
    <ul class="records">
      ${context.records.map((record) => {
        const key = `operation.${record.operation}`;
        return html`<li>
          <span>${titled(titles, 'records', record.record)} <strong>${record.record_id}</strong></span>
          <span class="chip ${record.operation === 'read' ? '' : 'warning'}"
            >${hasKey(key) ? t(key) : record.operation}</span
          >
          ${record.summary ? html`<span class="muted">${record.summary}</span>` : null}
        </li>`;
      })}
    </ul>
  </details>`;
}

export function suggestionsSection(context: Context, insert: (text: string) => void) {
  if (context.suggested_replies.length === 0) return null;
  return html`<section>
    <h3>${t('context.suggested')}</h3>
    <ul class="suggestions">
      ${context.suggested_replies.map(
        (reply) => html`<li>
          <button dir="auto" title=${t('context.insert')} @click=${() => insert(reply.text)}>
            ${reply.text}
          </button>
        </li>`,
      )}
    </ul>
  </section>`;
}

/** Words that may hold names out of the bot's domain, without the joints. */
function plainWords(text: string): string {
  const words = text.replace(/\b(?:action|utter)_/g, '').replaceAll('_', ' ');
  return words.charAt(0).toLocaleUpperCase() + words.slice(1);
}

function slotText(value: unknown): string {
  return typeof value === 'boolean' ? t(value ? 'value.yes' : 'value.no') : valueText(value);
}

function sourceOf(slot: SlotEvidence): Source | undefined {
  const { source } = slot;
  if (typeof source?.sequence !== 'number' || source.kind === 'action') return undefined;
  return { sequence: source.sequence, start: source.start, end: source.end };
}

function pointer(source: Source, pointing: Pointing, look: string, content: TemplateResult): TemplateResult {
  return html`<button
    class="pointer ${look}"
    title=${t('context.show_line')}
    @mouseenter=${() => pointing.point(source)}
    @mouseleave=${() => pointing.release()}
    @focus=${() => pointing.point(source)}
    @blur=${() => pointing.release()}
    @click=${() => pointing.follow(source)}
  >
    ${content}
  </button>`;
}

/** A share as a small bar and a percentage: `null` shows nothing. */
export function bar(share: number | null): TemplateResult | null {
  if (share === null) return null;
  const text = percentText(share, locale());
  const level = share >= 0.8 ? 'high' : share >= 0.5 ? 'middle' : 'low';
  return html`<span class="bar ${level}" title=${t('context.confidence', { share: text })}>
    <svg aria-hidden="true"><rect width="100%" /><rect width="${Math.round(share * 100)}%" /></svg>
    <span class="number">${text}</span>
  </span>`;
}
