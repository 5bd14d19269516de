/** How the lines of a transcript look: the customer at the start, everybody who answers at the end. */

import { css } from 'lit';

export const lineStyles = css`
  .day,
  .system {
    margin-block: var(--space-4) var(--space-2);
    color: var(--text-muted);
    font-size: var(--text-xs);
    text-align: center;
  }

  .day {
    font-weight: 600;
  }

  .line {
    display: flex;
    flex-direction: column;
    align-items: flex-end;
    gap: 2px;
    max-inline-size: 82%;
    margin-block-start: 3px;
    align-self: flex-end;
    scroll-margin-block: var(--space-5);
  }

  .line.first {
    margin-block-start: var(--space-3);
  }

  .line.customer {
    align-items: flex-start;
    align-self: flex-start;
  }

  .line.note {
    align-items: stretch;
    align-self: stretch;
    max-inline-size: none;
  }

  .meta {
    display: flex;
    align-items: center;
    gap: 6px;
    color: var(--text-muted);
    font-size: var(--text-xs);
  }

  .author {
    font-weight: 600;
  }

  .bubble {
    padding: 7px 11px;
    border: 1px solid transparent;
    border-radius: var(--radius-md);
    background: var(--surface-selected);
    font-size: var(--text-md);
    overflow-wrap: anywhere;
    white-space: pre-wrap;
    text-align: start;
  }

  .customer .bubble {
    border-color: var(--border);
    background: var(--surface);
  }

  .bot .bubble {
    border-color: var(--border);
    border-style: dashed;
    background: none;
    font-size: var(--text-sm);
  }

  .note .bubble {
    background: var(--note-tint);
  }

  .pending .bubble {
    opacity: 0.65;
  }

  .failed .bubble {
    border-color: var(--danger);
    opacity: 1;
  }

  a {
    color: var(--link);
  }

  mark {
    padding-inline: 2px;
    border-radius: 3px;
    background: light-dark(#ffd95a, #7a5b00);
    color: inherit;
    box-shadow: 0 0 0 1px light-dark(#d9a900, #c99a1c);
  }

  .pointed .bubble {
    border-color: light-dark(#d9a900, #c99a1c);
    border-style: solid;
  }

  img {
    max-inline-size: 240px;
    max-block-size: 240px;
    border-radius: var(--radius-md);
  }

  .buttons {
    display: flex;
    flex-wrap: wrap;
    justify-content: flex-end;
    gap: 4px;
  }

  .buttons li {
    display: inline-flex;
    align-items: center;
    gap: 4px;
    padding: 1px 9px;
    border: 1px solid var(--border);
    border-radius: var(--radius-full);
    color: var(--text-muted);
    font-size: var(--text-xs);
  }

  .buttons .pressed {
    border-color: var(--accent);
    color: var(--text);
    font-weight: 600;
  }

  .typing {
    display: flex;
    align-items: center;
    gap: 3px;
    margin-block-start: var(--space-3);
    color: var(--text-muted);
    font-size: var(--text-xs);
  }

  .typing i {
    inline-size: 4px;
    block-size: 4px;
    border-radius: 50%;
    background: currentColor;
    animation: breathe 1.2s infinite;
  }

  .typing i:first-of-type {
    margin-inline-start: 4px;
  }

  .typing i:nth-of-type(2) {
    animation-delay: 0.2s;
  }

  .typing i:nth-of-type(3) {
    animation-delay: 0.4s;
  }

  @keyframes breathe {
    50% {
      opacity: 0.25;
    }
  }

  @media (prefers-reduced-motion: reduce) {
    .typing i {
      animation: none;
    }
  }

  .stars {
    color: var(--warning);
    letter-spacing: 1px;
  }
`;
