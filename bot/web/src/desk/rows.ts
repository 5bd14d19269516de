/** The rows of the left column. */

import { html } from 'lit';
import type { TemplateResult } from 'lit';

import { clock, fullTime, initials } from '../shared/format.ts';
import { icon } from './icons.ts';
import { locale, numberText, t } from './i18n.ts';
import { stars } from './line.ts';
import { lastSaid } from './messages.ts';
import { channelText, customerName, reasonText } from './names.ts';
import { hasLiveCall, threadOf, unread, waiting, type DeskState } from './state.ts';
import { queueUrgency, replyUrgency } from './time.ts';
import type { HandoffView } from './types.ts';

/** The channels that are chats, as most are: only the others are worth a word. */
const WRITTEN = ['socketio', 'web', 'chat'];

/** One of the agent's own conversations: what was said last, what is unread, how long a reply is due. */
export function conversationRow(state: DeskState, handoff: HandoffView, now: number): TemplateResult {
  const name = customerName(handoff);
  const thread = threadOf(state, handoff);
  const said = thread && lastSaid(thread.messages);
  const news = unread(state, handoff);
  const due = waiting(state, handoff);
  const seconds = due === undefined ? 0 : now - due;
  const last = said?.author === 'agent' ? t('row.you', { text: said.text ?? '' }) : (said?.text ?? (handoff.preview || null));
  return html`<span class="avatar" aria-hidden="true">${initials(handoff.customer?.name ?? '?')}</span>
    <span class="body">
      <span class="top">
        <span class="name one-line">${name}</span>
        ${hasLiveCall(handoff)
          ? html`<span class="number ${handoff.call.held ? 'soon' : 'calling'}" title=${t('row.call')}
              >${icon(handoff.call.held ? 'hold' : 'phone')}<span class="visually-hidden">${t('row.call')}</span>${clock(
                now - handoff.call.started_at,
              )}</span
            >`
          : due === undefined || handoff.call
          ? null
          : html`<span class="number ${replyUrgency(seconds)}" title=${t('row.reply_due', { time: clock(seconds) })}
              ><span class="visually-hidden">${t('row.reply_due', { time: '' })}</span>${clock(seconds)}</span
            >`}
      </span>
      <span class="top">
        <span class="one-line ${news ? 'news' : 'muted'}" dir="auto">
          ${handoff.customer_left ? html`<span class="gone">${icon('away')}${t('row.left')}</span> ` : null}${thread?.typing ? html`<em>${t('row.typing')}</em>` : (last ?? t('row.no_preview'))}
        </span>
        ${news
          ? html`<span class="badge"
              ><span aria-hidden="true">${numberText(news)}</span
              ><span class="visually-hidden">${t('row.unread', { count: news })}</span></span
            >`
          : null}
      </span>
    </span>`;
}

/** Somebody who waits, or whom another agent helps. */
export function queueRow(state: DeskState, handoff: HandoffView, now: number): TemplateResult {
  const waited = now - handoff.queued_at;
  const queue = state.queues.find((each) => each.name === handoff.queue)?.title ?? handoff.queue;
  return html`<span class="body">
    <span class="top">
      <span class="name one-line">${customerName(handoff)}</span>
      ${handoff.state === 'accepted'
        ? html`<span class="muted one-line">${t('row.with', { name: handoff.agent_name ?? '' })}</span>`
        : html`<span class="number ${queueUrgency(waited)}" title=${t('row.waiting', { time: clock(waited) })}
            ><span class="visually-hidden">${t('row.waiting', { time: '' })}</span>${clock(waited)}</span
          >`}
    </span>
    <span class="one-line muted" dir="auto">${handoff.preview || t('row.no_preview')}</span>
    <span class="chips">${handoffChips(handoff)}<span class="chip">${queue}</span></span>
  </span>`;
}

/** Priority, reason, language and channel, in small. */
export function handoffChips(handoff: HandoffView): TemplateResult {
  return html`${handoff.customer_left ? html`<span class="chip warning">${icon('away')}${t('row.left')}</span>` : null}
    ${handoff.priority > 0
      ? html`<span class="chip ${handoff.priority > 1 ? 'danger' : 'warning'}"
          >${t(handoff.priority > 1 ? 'row.urgent' : 'row.high')}</span
        >`
      : null}
    ${handoff.reason
      ? html`<span class="chip" title=${reasonText(handoff.reason)}
          ><span class="one-line">${reasonText(handoff.reason)}</span></span
        >`
      : null}
    ${handoff.language
      ? html`<span class="chip" title=${handoff.language}>${handoff.language.toUpperCase()}</span>`
      : null}
    ${WRITTEN.includes(handoff.channel)
      ? null
      : html`<span class="chip">
          ${handoff.channel === 'voice' ? icon('phone') : null}${channelText(handoff.channel)}
        </span>`}`;
}

/** One of those that were resolved last: what came of it, and how it was rated. */
export function recentRow(state: DeskState, handoff: HandoffView): TemplateResult {
  const came = state.dispositions.find((each) => each.code === handoff.disposition)?.title ?? '';
  return html`<span class="body">
    <span class="top">
      <span class="name one-line">${customerName(handoff)}</span>
      ${handoff.rating ? stars(handoff.rating.score) : html`<span class="muted">${t('rating.none')}</span>`}
    </span>
    ${handoff.rating?.comment
      ? html`<span class="comment" dir="auto">“${handoff.rating.comment}”</span>`
      : null}
    <span class="one-line muted"
      >${came}${handoff.ended_at === null ? null : ` · ${fullTime(handoff.ended_at, locale())}`}${handoff.agent_id ===
      state.me?.id
        ? null
        : ` · ${handoff.agent_name ?? ''}`}</span
    >
  </span>`;
}
