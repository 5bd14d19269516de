/** The list of canned replies over the composer. */

import { css, html } from 'lit';
import type { TemplateResult } from 'lit';

import { t } from './i18n.ts';
import type { CannedReply } from './types.ts';

/** At most this many are shown; typing narrows them. */
const SHOWN = 8;

export function cannedList(
  found: readonly CannedReply[],
  active: number,
  choose: (reply: CannedReply) => void,
): TemplateResult {
  const from = Math.max(0, Math.min(active - SHOWN + 1, found.length - SHOWN));
  return html`<ul id="canned" class="canned" role="listbox" aria-label=${t('canned.label')}>
    ${found.length === 0 ? html`<li class="muted none" role="presentation">${t('canned.empty')}</li>` : null}
    ${found.slice(from, from + SHOWN).map((reply, offset) => {
      const index = from + offset;
      return html`<li
        id="canned-${index}"
        role="option"
        aria-selected=${index === active ? 'true' : 'false'}
        @mousedown=${(event: Event) => {
          // The text field keeps the focus, so the list stays until the click is done.
          event.preventDefault();
          choose(reply);
        }}
      >
        <span class="shortcut" dir="ltr">/${reply.shortcut.replace(/^\//, '')}</span>
        <span class="one-line" dir="auto"><strong>${reply.title}</strong> <span class="muted">${reply.text}</span></span>
      </li>`;
    })}
  </ul>`;
}

export const cannedStyles = css`
  .canned {
    position: absolute;
    z-index: 2;
    inset-block-end: calc(100% + 4px);
    inset-inline: var(--space-5);
    padding: var(--space-1);
    border: 1px solid var(--border);
    border-radius: var(--radius-md);
    background: var(--surface-raised);
    box-shadow: var(--shadow-lg);
  }

  .canned li {
    display: flex;
    align-items: center;
    gap: var(--space-3);
    min-block-size: 32px;
    padding-inline: var(--space-2);
    border-radius: var(--radius-sm);
    cursor: pointer;
  }

  .canned li.none {
    cursor: default;
  }

  .canned li:hover {
    background: var(--surface-hover);
  }

  .canned li[aria-selected='true'] {
    background: var(--surface-selected);
  }

  .canned .shortcut {
    flex: none;
    min-inline-size: 84px;
    color: var(--link);
    font-family: var(--font-mono);
    font-size: var(--text-xs);
  }

  @media (max-width: 900px) {
    .canned {
      inset-inline: var(--space-2);
    }
  }
`;
