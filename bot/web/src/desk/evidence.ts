/** The bot's evidence, section by section; whatever came from an utterance points at it. */

import { html } from 'lit';
import type { TemplateResult } from 'lit';

import { icon } from './icons.ts';
import { copyButton, type Copy } from './copy-button.ts';
import { hasKey, locale, t } from './i18n.ts';
import { humanise, plainWords, reasonText, valueText } from './names.ts';
import { percentText } from './time.ts';
import { tried } from './tried.ts';
import type { Context, SlotEvidence } from './types.ts';

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

export function reasonSection(context: Context, pointing: Pointing): TemplateResult {
  const { code, detail, cause } = context.reason;
  return html`<section class="reason">
    <h3>${t('context.reason')}</h3>
    <strong>${reasonText(code)}</strong>
    ${detail ? html`<p><bdi>${plainWords(detail)}</bdi></p>` : null}
    ${cause?.text
      ? pointer({ sequence: cause.sequence, start: null, end: null }, pointing, 'quote', html`<bdi>“${cause.text}”</bdi>`)
      : null}
  </section>`;
}

/** What the customer told first; what the bot noted down for itself behind a click. */
export function slotsSection(context: Context, pointing: Pointing, copy: Copy): TemplateResult {
  const told = context.slots.filter((slot) => sourceOf(slot) !== undefined);
  const own = context.slots.filter((slot) => sourceOf(slot) === undefined);
  return html`<section>
    <h3>${t('context.slots')}</h3>
    ${told.length === 0 ? html`<p class="muted">${t('context.slots_empty')}</p>` : null}
    <ul class="slots">
      ${told.map((slot) => slotRow(slot, pointing, copy))}
    </ul>
    ${own.length > 0
      ? html`<details>
          <summary class="muted">${t('context.slots_own', { count: own.length })}</summary>
          <ul class="slots">
            ${own.map((slot) => slotRow(slot, pointing, copy))}
          </ul>
        </details>`
      : null}
    ${context.form
      ? html`<p class="form">
          <span class="muted">${t('context.form')}:</span> ${humanise(context.form.name)}
          ${context.form.missing.length > 0
            ? html`<br /><span class="muted">${t('context.missing')}:</span>
                ${context.form.missing.map((name) => html`<span class="chip warning">${humanise(name)}</span> `)}`
            : html`<br /><span class="muted">${t('context.complete')}</span>`}
        </p>`
      : null}
  </section>`;
}

function slotRow(slot: SlotEvidence, pointing: Pointing, copy: Copy): TemplateResult {
  const source = sourceOf(slot);
  const text = valueText(slot.value);
  const inner = html`<span class="key">${humanise(slot.name)}</span>
    <span class="value"><bdi>${text}</bdi></span>
    ${slot.confirmed
      ? html`<span class="confirmed" title=${t('context.confirmed')}
          >${icon('check')}<span class="visually-hidden">${t('context.confirmed')}</span></span
        >`
      : bar(slot.confidence)}`;
  return html`<li>
    ${source ? pointer(source, pointing, 'fact', inner) : html`<div class="fact">${inner}</div>`}
    ${copyButton(humanise(slot.name), text, copy)}
  </li>`;
}

export function intentsSection(context: Context, pointing: Pointing) {
  if (context.intents.length === 0) return null;
  return html`<section>
    <h3>${t('context.intents')}</h3>
    <ul>
      ${context.intents.map(
        (reading) => html`<li>
          ${pointer(
            { sequence: reading.sequence, start: null, end: null },
            pointing,
            'reading',
            html`<span class="one-line">${reading.intent ? humanise(reading.intent) : t('context.unclear')}</span>
              ${bar(reading.confidence)}
              <span class="said one-line muted" dir="auto">${reading.text}</span>`,
          )}
        </li>`,
      )}
    </ul>
  </section>`;
}

export function attemptsSection(context: Context, pointing: Pointing) {
  if (context.attempts.length === 0) return null;
  return html`<section>
    <h3>${t('context.attempts')}</h3>
    <ol class="attempts">
      ${tried(context.attempts).map(
        (attempt) => html`<li>
          ${pointer(
            { sequence: attempt.sequence, start: null, end: null },
            pointing,
            'attempt',
            html`<span>${humanise(attempt.action)}</span>
              ${attempt.outcomes.map((outcome) => html`<span class="outcome">${plainWords(outcome)}</span>`)}
              ${attempt.because ? html`<span class="muted because">${attempt.because}</span>` : null}`,
          )}
        </li>`,
      )}
    </ol>
  </section>`;
}

export function recordsSection(context: Context) {
  if (context.records.length === 0) return null;
  return html`<section>
    <h3>${t('context.records')}</h3>
    <ul class="records">
      ${context.records.map((record) => {
        const key = `operation.${record.operation}`;
        return html`<li>
          <span>${humanise(record.record)} <strong>${record.record_id}</strong></span>
          <span class="chip ${record.operation === 'read' ? '' : 'warning'}"
            >${hasKey(key) ? t(key) : record.operation}</span
          >
          ${record.summary ? html`<span class="muted">${record.summary}</span>` : null}
        </li>`;
      })}
    </ul>
  </section>`;
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
            ${reply.because ? html`<span class="muted">${plainWords(reply.because)}</span>` : null}
          </button>
        </li>`,
      )}
    </ul>
  </section>`;
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
