/** What is known of a call, for the context panel. */

import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';

import { bar } from './evidence.ts';
import { hasKey, t } from './i18n.ts';
import { humanise } from './titles.ts';
import type { CallView, Context } from './types.ts';

export function callSection(call: CallView | null, audio: Context['audio']): TemplateResult | typeof nothing {
  if (!call) return nothing;
  return html`<section>
    <h3>${t('context.call')}</h3>
    <dl class="call">
      ${call.caller ? fact(t('context.caller'), html`<bdi dir="ltr">${call.caller}</bdi>`) : null}
      ${call.called ? fact(t('context.called'), html`<bdi dir="ltr">${call.called}</bdi>`) : null}
      ${fact(t('context.transport'), transportText(call.transport))}
      ${audio
        ? html`${audio.mean_asr_confidence === null
              ? null
              : fact(t('context.heard'), bar(audio.mean_asr_confidence))}
            ${fact(t('context.not_understood'), t('context.of', { part: audio.not_understood, whole: audio.utterances }))}
            ${fact(t('context.barge_ins'), t('context.times', { count: audio.barge_ins }))}`
        : null}
    </dl>
  </section>`;
}

function fact(name: string, value: unknown): TemplateResult {
  return html`<dt class="muted">${name}</dt>
    <dd>${value}</dd>`;
}

function transportText(transport: string): string {
  const key = `transport.${transport}`;
  return hasKey(key) ? t(key) : humanise(transport);
}
