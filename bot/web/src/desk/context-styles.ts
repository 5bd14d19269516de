/** How the context panel looks. */

import { css } from 'lit';

export const contextStyles = css`
  :host {
    overflow-y: auto;
    background: var(--surface);
  }

  section,
  details.section {
    padding: var(--space-3) var(--space-4);
    border-block-end: 1px solid var(--border);
  }

  /* Who, what they want and what was tried come first and are read; the rest is looked up. */
  section strong {
    font-size: var(--text-md);
  }

  details.section > summary h3 {
    display: inline;
  }

  details.section[open] > summary {
    margin-block-end: var(--space-2);
  }

  .wanted {
    display: grid;
    gap: 2px;
    margin-block-start: var(--space-2);
  }

  h3,
  h4 {
    margin: 0 0 var(--space-1);
    color: var(--text-muted);
    font-size: var(--text-xs);
    font-weight: 650;
  }

  h4 {
    margin-block-start: var(--space-3);
  }

  dl.call {
    display: grid;
    grid-template-columns: auto 1fr;
    gap: 3px var(--space-3);
    align-items: center;
  }

  dl.call dd {
    display: flex;
    justify-content: flex-end;
    min-inline-size: 0;
    overflow-wrap: anywhere;
    text-align: end;
  }

  .empty {
    padding: var(--space-4);
    color: var(--text-muted);
  }

  .pointer,
  .suggestions button {
    display: block;
    inline-size: 100%;
    min-block-size: 24px;
    padding: 0;
    border: 0;
    background: none;
    text-align: start;
  }

  .pointer {
    margin-inline: calc(-1 * var(--space-2));
    padding: 3px var(--space-2);
    border-radius: var(--radius-sm);
  }

  .pointer:hover,
  .pointer:focus-visible {
    background: var(--surface-hover);
  }

  .quote {
    display: -webkit-box;
    inline-size: auto;
    margin: var(--space-2) 0 0;
    padding: var(--space-1) var(--space-2);
    overflow: hidden;
    border-inline-start: 3px solid var(--warning);
    border-start-start-radius: 0;
    border-end-start-radius: 0;
    overflow-wrap: anywhere;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 4;
  }

  .suggestions {
    display: grid;
    gap: var(--space-2);
  }

  .suggestions button {
    padding: var(--space-2) var(--space-3);
    border: 1px solid var(--border);
    border-radius: var(--radius-md);
    overflow-wrap: anywhere;
  }

  .suggestions button:hover {
    border-color: var(--accent);
    background: var(--surface-hover);
  }

  .suggestions .muted {
    display: block;
    font-size: var(--text-xs);
  }

  .proof {
    display: flex;
    gap: 6px;
    align-items: flex-start;
  }

  .proof svg {
    margin-block-start: 2px;
  }

  .proof.ok {
    color: var(--ok);
  }

  .proof.doubt {
    color: var(--warning);
  }

  .reach li,
  .slots li,
  .tracking {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: var(--space-1);
    min-inline-size: 0;
  }

  .slots .pointer,
  .slots .fact {
    flex: 1;
    min-inline-size: 0;
  }

  .fact {
    display: grid;
    grid-template-columns: 96px minmax(0, 1fr) auto;
    gap: var(--space-2);
    align-items: center;
    min-block-size: 26px;
  }

  .key {
    color: var(--text-muted);
  }

  .value {
    font-weight: 550;
    overflow-wrap: anywhere;
    text-align: start;
  }

  .confirmed {
    color: var(--ok);
  }

  .button.copy {
    flex: none;
    inline-size: 26px;
    min-block-size: 26px;
    color: var(--text-muted);
  }

  .copy svg {
    inline-size: 13px;
    block-size: 13px;
  }

  .form {
    margin-block-start: var(--space-2);
  }

  .reading > span:first-child {
    font-weight: 550;
  }

  .said {
    display: block;
    font-size: var(--text-xs);
  }

  .bar {
    display: inline-flex;
    align-items: center;
    gap: 6px;
    color: var(--text-muted);
    font-size: var(--text-xs);
  }

  .bar .number {
    min-inline-size: 32px;
    text-align: end;
  }

  .bar svg {
    inline-size: 48px;
    block-size: 4px;
    border-radius: 2px;
  }

  .bar svg:dir(rtl) {
    transform: scaleX(-1);
  }

  .bar rect {
    block-size: 4px;
    fill: var(--border);
  }

  .bar rect + rect {
    fill: var(--ok);
  }

  .bar.middle rect + rect {
    fill: var(--warning);
  }

  .bar.low rect + rect {
    fill: var(--danger);
  }

  .attempt > span {
    display: block;
  }

  summary {
    min-block-size: 24px;
    border-radius: var(--radius-sm);
    cursor: pointer;
  }

  .form {
    display: flex;
    flex-wrap: wrap;
    gap: 4px;
    align-items: center;
  }

  .form > span:first-child {
    flex-basis: 100%;
  }

  .records li {
    display: flex;
    flex-wrap: wrap;
    gap: 2px var(--space-2);
    align-items: center;
    padding-block: 2px;
  }

  .records li > .muted:last-child {
    flex-basis: 100%;
    font-size: var(--text-xs);
  }

  .order {
    border: 1px solid var(--border);
    border-radius: var(--radius-sm);
  }

  .order + .order {
    margin-block-start: var(--space-1);
  }

  .order summary {
    display: flex;
    gap: var(--space-2);
    align-items: center;
    min-block-size: 30px;
    padding-inline: var(--space-2);
    border-radius: inherit;
    cursor: pointer;
  }

  .order summary:hover {
    background: var(--surface-hover);
  }

  .order summary > :last-child {
    margin-inline-start: auto;
  }

  .order ul {
    padding: var(--space-1) var(--space-2) var(--space-2);
  }
`;
