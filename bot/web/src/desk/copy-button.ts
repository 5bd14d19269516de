/** The small button beside a value that puts it into the clipboard. */

import { html } from 'lit';
import type { TemplateResult } from 'lit';

import { icon } from './icons.ts';
import { t } from './i18n.ts';

export type Copy = (text: string) => unknown;

export function copyButton(what: string, text: string, copy: Copy): TemplateResult {
  return html`<button
    class="button quiet icon copy"
    aria-label=${t('context.copy', { what })}
    title=${t('context.copy', { what })}
    @click=${() => copy(text)}
  >
    ${icon('copy')}
  </button>`;
}
