/** How the pages of the settings look. */

import { css } from 'lit';

export const settingsStyles = css`
  section {
    display: grid;
    gap: var(--space-3);
    padding: var(--space-4);
    border: 1px solid var(--border);
    border-radius: var(--radius-md);
    background: var(--surface);
  }

  h2 {
    font-size: var(--text-md);
  }

  form {
    display: grid;
    gap: var(--space-3);
  }

  .told {
    padding: var(--space-2) var(--space-3);
    border-radius: var(--radius-sm);
  }

  .told.bad {
    background: var(--danger-tint);
    color: var(--danger);
  }

  .told.good {
    background: var(--ok-tint);
    color: var(--ok);
  }

  .told.note {
    background: var(--warning-tint);
    color: var(--warning);
  }

  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: var(--space-2);
  }
`;
