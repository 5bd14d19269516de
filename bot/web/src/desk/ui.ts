/** How the desk's controls look, for every shadow tree. */

import { css } from 'lit';

export const controls = css`
  :host {
    display: block;
    font-size: var(--text-sm);
    line-height: 1.45;
  }

  h1,
  h2,
  h3,
  p,
  ul,
  ol,
  dl,
  dd {
    margin: 0;
    padding: 0;
  }

  ul,
  ol {
    list-style: none;
  }

  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 6px;
    min-block-size: 28px;
    padding: 0 var(--space-3);
    border: 1px solid var(--border);
    border-radius: var(--radius-sm);
    background: var(--surface);
    color: var(--text);
    font-weight: 550;
    text-decoration: none;
    white-space: nowrap;
    transition: background var(--quick);
  }

  .button:hover:not(:disabled) {
    background: var(--surface-hover);
  }

  .button:disabled {
    opacity: 0.55;
  }

  .button.primary {
    border-color: transparent;
    background: var(--accent);
    color: var(--on-accent);
  }

  .button.primary:hover:not(:disabled) {
    background: var(--accent-hover);
  }

  .button.quiet {
    border-color: transparent;
    background: none;
  }

  .button.quiet:hover:not(:disabled) {
    background: var(--surface-hover);
  }

  .button.icon {
    inline-size: 30px;
    min-block-size: 30px;
    padding: 0;
  }

  .button.small {
    min-block-size: 24px;
    padding: 0 var(--space-2);
    font-size: var(--text-xs);
  }

  .button[aria-pressed='true'] {
    background: var(--surface-selected);
  }

  kbd {
    min-inline-size: 18px;
    padding: 0 5px;
    border: 1px solid currentColor;
    border-radius: 4px;
    font-family: var(--font);
    font-size: 0.6875rem;
    line-height: 16px;
    text-align: center;
  }

  /* Not where single letters are switched off. */
  .button kbd {
    display: var(--kbd, inline);
    opacity: 0.75;
  }

  @media (hover: none) {
    kbd,
    .button kbd {
      display: none;
    }
  }

  /* Where a page's own colours are not used, what they say is said by lines. */
  @media (forced-colors: active) {
    .button[aria-pressed='true'],
    [aria-current='true']:not(.open),
    [aria-selected='true'] {
      outline: 2px solid Highlight;
      outline-offset: -2px;
    }

    .chip,
    .badge {
      border: 1px solid CanvasText;
    }
  }

  .chip {
    display: inline-flex;
    align-items: center;
    gap: 4px;
    max-inline-size: 100%;
    padding: 0 6px;
    overflow: hidden;
    border-radius: 4px;
    background: var(--surface-sunken);
    color: var(--text-muted);
    font-size: var(--text-xs);
    line-height: 18px;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .chip.ok {
    background: var(--ok-tint);
    color: var(--ok);
  }

  .chip.warning {
    background: var(--warning-tint);
    color: var(--warning);
  }

  .chip.danger {
    background: var(--danger-tint);
    color: var(--danger);
  }

  .field {
    display: grid;
    gap: 4px;
  }

  .field > label,
  .field > .label {
    font-weight: 550;
  }

  input:not([type='checkbox'], [type='radio']),
  textarea,
  select {
    min-block-size: 32px;
    padding: 5px 10px;
    border: 1px solid var(--border-strong);
    border-radius: var(--radius-sm);
    background: var(--surface);
  }

  ::placeholder {
    color: var(--text-muted);
    opacity: 1;
  }

  .muted {
    color: var(--text-muted);
  }

  .one-line {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  /* Words of another direction are cut at their own end, and stay on the side where the page reads from. */
  [dir='auto'] {
    text-align: -webkit-match-parent;
    text-align: match-parent;
  }

  .number {
    font-variant-numeric: tabular-nums;
  }

  .soon {
    color: var(--warning);
  }

  .late {
    color: var(--danger);
    font-weight: 600;
  }

  .error {
    color: var(--danger);
  }

  svg.i {
    inline-size: 16px;
    block-size: 16px;
    flex: none;
    fill: none;
    stroke: currentColor;
    stroke-width: 1.6;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
`;
