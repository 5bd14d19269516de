/** One line of the transcript. Text is only ever text here, whoever wrote it. */

import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';

import { fullTime, timeOfDay } from '../shared/format.ts';
import { linkify } from '../shared/linkify.ts';
import { icon } from './icons.ts';
import { hasKey, locale, t } from './i18n.ts';
import { transferFailed } from './outside.ts';
import type { Pending } from './outbox.ts';
import { cut } from './spans.ts';
import { percentText } from './time.ts';
import type { Message } from './types.ts';

export interface Pointed {
  start: number | null;
  end: number | null;
}

interface LineLook {
  /** The first of a run by the same author: it carries the name and the time. */
  first: boolean;
  pointed: Pointed | null;
  /** The title of the button under this message that the customer pressed. */
  pressed: string | undefined;
  customer: string;
}

export function line(message: Message, look: LineLook): TemplateResult {
  if (message.author === 'system') return systemLine(message);
  const time = timeOfDay(message.timestamp, locale());
  return html`<div
    class="line ${message.author} ${look.first ? 'first' : ''} ${look.pointed ? 'pointed' : ''}"
    data-sequence=${message.sequence}
  >
    ${look.first
      ? html`<div class="meta">
          <span class="author">${authorText(message, look.customer)}</span>
          <time title=${fullTime(message.timestamp, locale())}>${time}</time>
        </div>`
      : html`<span class="visually-hidden">${authorText(message, look.customer)}, ${time}</span>`}
    ${message.text
      ? html`<div class="bubble" dir="auto" title=${fullTime(message.timestamp, locale())}
          >${look.pointed ? marked(message.text, look.pointed) : linked(message.text)}</div
        >`
      : null}
    ${image(message.image)}
    ${message.buttons.length > 0
      ? html`<ul class="buttons" aria-label=${t('log.offered')}>
          ${message.buttons.map(
            (button) => html`<li class=${button.title === look.pressed ? 'pressed' : ''} dir="auto">
              ${button.title}
              ${button.title === look.pressed
                ? html`${icon('check')}<span class="visually-hidden">${t('log.pressed')}</span>`
                : null}
            </li>`,
          )}
        </ul>`
      : null}
    ${typeof message.heard === 'string'
      ? html`<div class="meta">
          ${message.heard ? t('log.heard', { words: lastWords(message.heard) }) : t('log.unheard')}
        </div>`
      : null}
    ${typeof message.asr_confidence === 'number'
      ? html`<div class="meta">${t('log.asr', { share: percentText(message.asr_confidence, locale()) })}</div>`
      : null}
  </div>`;
}

/** A message of the agent's own on its way. */
export function pendingLine(
  pending: Pending,
  actions: { retry: () => void; discard: () => void },
): TemplateResult {
  const told = {
    sending: t('log.sending'),
    waiting: t('log.unsent'),
    failed: t('log.failed', { error: pending.error ?? '' }),
  }[pending.status];
  return html`<div class="line agent first pending ${pending.status}" data-message-id=${pending.message_id}>
    <div class="bubble" dir="auto">${pending.text}</div>
    <div class="meta">
      <span class=${pending.status === 'failed' ? 'error' : ''}>${told}</span>
      ${pending.status === 'sending'
        ? null
        : html`<button class="button quiet small" @click=${actions.retry}>${t('log.retry')}</button>`}
      ${pending.status === 'failed'
        ? html`<button class="button quiet small" @click=${actions.discard}>${t('log.discard')}</button>`
        : null}
    </div>
  </div>`;
}

function systemLine(message: Message): TemplateResult {
  if (message.kind === 'rated') return ratedLine(message);
  const key = `log.${message.kind ?? ''}`;
  const text =
    message.kind === 'call_transfer_failed'
      ? transferFailed(message)
      : hasKey(key)
        ? t(key, { name: message.name ?? '', text: `\u2068${message.text ?? ''}\u2069` })
        : (message.text ?? message.kind);
  return html`<div class="system" data-sequence=${message.sequence}>
    ${text} · <time>${timeOfDay(message.timestamp, locale())}</time>
  </div>`;
}

/** How the customer rated the help, and in what words. */
function ratedLine(message: Message): TemplateResult {
  return html`<div class="system rated" data-sequence=${message.sequence}>
    ${stars(message.score ?? 0)} ${message.text ? html`<bdi>“${message.text}”</bdi>` : null} ·
    <time>${timeOfDay(message.timestamp, locale())}</time>
  </div>`;
}

/** A rating as five stars, and in words for who does not see them. */
export function stars(score: number): TemplateResult {
  return html`<span class="stars" role="img" aria-label=${t('rating.of', { score })} title=${t('rating.of', { score })}
    >${'★'.repeat(score)}${'☆'.repeat(Math.max(0, 5 - score))}</span
  >`;
}

/** The end of what was heard, which is where it was cut. */
function lastWords(heard: string): string {
  const words = heard.trim().split(/\s+/u);
  const end = words.length > 4 ? `… ${words.slice(-4).join(' ')}` : words.join(' ');
  // Isolated: they may run the other way than the words around them.
  return `\u2068${end}\u2069`;
}

function authorText(message: Message, customer: string): string {
  switch (message.author) {
    case 'customer':
      return customer;
    case 'note':
      return t('log.note', { name: message.name ?? t('log.agent') });
    case 'agent':
      return message.name ?? t('log.agent');
    default:
      return t('log.bot');
  }
}

function linked(text: string) {
  return linkify(text).map((segment) =>
    segment.href === undefined
      ? segment.text
      : html`<a href=${segment.href} target="_blank" rel="noopener noreferrer nofollow">${segment.text}</a>`,
  );
}

function marked(text: string, pointed: Pointed) {
  const { before, marked, after } = cut(text, pointed.start, pointed.end);
  return html`${before}<mark>${marked}</mark>${after}`;
}

/** Pictures by address only: `javascript:` and the like are left out. */
function image(source: string | null) {
  if (source === null || !/^(https?:\/\/|\/(?!\/))/i.test(source)) return nothing;
  return html`<img src=${source} alt=${t('log.image')} loading="lazy" />`;
}
