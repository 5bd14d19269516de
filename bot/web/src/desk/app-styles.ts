/** The desk's page: its bar, its columns, and on narrow windows its tabs. */

import { css } from 'lit';

export const appStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    block-size: 100dvh;
  }

  .alone {
    display: grid;
    place-content: center;
    justify-items: center;
    gap: var(--space-3);
    block-size: 100%;
    color: var(--text-muted);
  }

  .alone h1 {
    margin: 0;
    color: var(--text);
    font-size: var(--text-lg);
  }

  @media (forced-colors: active) {
    .tabs [aria-pressed='true'] {
      outline: 2px solid Highlight;
      outline-offset: -2px;
    }

    .toast {
      border: 1px solid CanvasText;
    }
  }

  .skip {
    position: absolute;
    z-index: 10;
    inset-block-start: -60px;
    inset-inline-start: var(--space-3);
    padding: var(--space-2) var(--space-3);
    border: 0;
    border-radius: var(--radius-sm);
    background: var(--accent);
    color: var(--on-accent);
  }

  .skip:focus {
    inset-block-start: var(--space-2);
  }

  .connection {
    display: flex;
    align-items: center;
    justify-content: center;
    gap: var(--space-2);
    padding: var(--space-1) var(--space-3);
    background: var(--warning-tint);
    color: var(--warning);
  }

  .columns {
    display: grid;
    flex: 1;
    grid-template-rows: minmax(0, 1fr);
    grid-template-columns: 300px minmax(0, 1fr);
    min-block-size: 0;
  }

  .columns[hidden] {
    display: none;
  }

  .columns.with-context {
    grid-template-columns: 300px minmax(0, 1fr) 348px;
  }

  .no-letters {
    --kbd: none;
  }

  .columns > * {
    display: grid;
    grid-template: minmax(0, 1fr) / minmax(0, 1fr);
    min-block-size: 0;
    min-inline-size: 0;
  }

  /* The label of a part that is shown alone takes no room. */
  .columns > * > h1 {
    position: absolute;
  }

  .lists {
    border-inline-end: 1px solid var(--border);
  }

  .context {
    border-inline-start: 1px solid var(--border);
  }

  .columns:not(.with-context) .context {
    display: none;
  }

  #chat:focus {
    outline: none;
  }

  .tabs {
    display: none;
  }

  .toasts {
    position: fixed;
    z-index: 20;
    inset-block-end: var(--space-5);
    inset-inline-start: var(--space-5);
    display: grid;
    gap: var(--space-2);
  }

  .toast {
    display: flex;
    align-items: center;
    gap: var(--space-2);
    max-inline-size: min(420px, 100vw - 32px);
    padding: 5px 5px 5px var(--space-4);
    padding-inline: var(--space-4) 5px;
    border-radius: var(--radius-md);
    background: var(--text);
    color: var(--page);
    box-shadow: var(--shadow-lg);
  }

  .toast.error {
    background: var(--danger);
  }

  .toast .button:hover {
    background: none;
    opacity: 0.7;
  }

  .badge {
    min-inline-size: 18px;
    padding-inline: 5px;
    border-radius: 9px;
    background: var(--danger);
    color: var(--page);
    font-size: 0.6875rem;
    font-weight: 700;
    line-height: 18px;
    text-align: center;
  }

  @media (max-width: 1180px) {
    .columns.with-context {
      grid-template-columns: 260px minmax(0, 1fr) 300px;
    }
  }

  @media (max-width: 900px) {
    .columns,
    .columns.with-context {
      grid-template-columns: minmax(0, 1fr);
    }

    .columns > *,
    .columns:not(.with-context) .context {
      display: none;
      border: 0;
    }

    .columns[data-pane='lists'] > .lists,
    .columns[data-pane='chat'] > #chat,
    .columns[data-pane='context'] > .context {
      display: grid;
    }

    .tabs {
      display: grid;
      grid-auto-columns: 1fr;
      grid-auto-flow: column;
      border-block-start: 1px solid var(--border);
      background: var(--surface);
      padding-block-end: env(safe-area-inset-bottom);
    }

    .tabs button {
      display: flex;
      align-items: center;
      justify-content: center;
      gap: 6px;
      min-block-size: 48px;
      border: 0;
      background: none;
      color: var(--text-muted);
      font-weight: 550;
    }

    .tabs [aria-pressed='true'] {
      color: var(--link);
      box-shadow: inset 0 2px 0 var(--accent);
    }

    .toasts {
      inset-block-end: 64px;
      inset-inline: var(--space-4);
    }
  }
`;
