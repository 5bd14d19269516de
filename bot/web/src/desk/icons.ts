/** The desk's line icons, drawn on a grid of 16. They carry no meaning alone: what they sit in is labelled. */

import { html, svg } from 'lit';
import type { TemplateResult } from 'lit';

const drawings = {
  sound: svg`<path d="M2.5 6v4h2.5L8.5 13V3L5 6zM11 5.8a3 3 0 0 1 0 4.4M12.8 4a5.6 5.6 0 0 1 0 8"/>`,
  mute: svg`<path d="M2.5 6v4h2.5L8.5 13V3L5 6zM11 6l3.5 4M14.5 6 11 10"/>`,
  sun: svg`<circle cx="8" cy="8" r="2.8"/><path d="M8 1.5v1.6M8 12.9v1.6M1.5 8h1.6M12.9 8h1.6M3.4 3.4l1.1 1.1M11.5 11.5l1.1 1.1M3.4 12.6l1.1-1.1M11.5 4.5l1.1-1.1"/>`,
  moon: svg`<path d="M13.3 9.6A5.6 5.6 0 0 1 6.4 2.7a5.6 5.6 0 1 0 6.9 6.9z"/>`,
  system: svg`<rect x="2" y="3" width="12" height="8" rx="1.5"/><path d="M6 13.5h4"/>`,
  keyboard: svg`<rect x="1.5" y="4" width="13" height="8" rx="1.5"/><path d="M4 6.7h.01M6.7 6.7h.01M9.3 6.7h.01M12 6.7h.01M5 9.5h6"/>`,
  transfer: svg`<path d="M2.5 5.5h10M10 3l2.5 2.5L10 8M13.5 10.5h-10M6 8l-2.5 2.5L6 13"/>`,
  check: svg`<path d="m3 8.5 3.2 3.2L13 4.8"/>`,
  close: svg`<path d="m4 4 8 8M12 4l-8 8"/>`,
  panel: svg`<rect x="2" y="3" width="12" height="10" rx="1.5"/><path d="M10 3v10"/>`,
  copy: svg`<rect x="5.5" y="5.5" width="8" height="8" rx="1.5"/><path d="M10.5 5.5v-2a1 1 0 0 0-1-1h-6a1 1 0 0 0-1 1v6a1 1 0 0 0 1 1h2"/>`,
  shield: svg`<path d="M8 1.8 3 3.6v4c0 3.1 2.1 5.4 5 6.6 2.9-1.2 5-3.5 5-6.6v-4zM5.8 8l1.6 1.6 2.9-3"/>`,
  doubt: svg`<path d="M8 1.8 3 3.6v4c0 3.1 2.1 5.4 5 6.6 2.9-1.2 5-3.5 5-6.6v-4zM8 5v3.2M8 10.6h.01"/>`,
  phone: svg`<path d="M4.2 2.5 6 2.2l1.2 3-1.5 1.1a8 8 0 0 0 4 4l1.1-1.5 3 1.2-.3 1.8a1.5 1.5 0 0 1-1.6 1.2A10.5 10.5 0 0 1 3 4.1a1.5 1.5 0 0 1 1.2-1.6z"/>`,
  hangUp: svg`<path d="M2 9.8c3.3-3.4 8.7-3.4 12 0l-1.7 1.7-2.6-1V8.8a6.6 6.6 0 0 0-3.4 0v1.7l-2.6 1z"/>`,
  microphone: svg`<rect x="6" y="2" width="4" height="7.5" rx="2"/><path d="M3.5 7.5a4.5 4.5 0 0 0 9 0M8 12v2.2"/>`,
  microphoneOff: svg`<path d="M6 6v1.5a2 2 0 0 0 3 1.7M10 7V4a2 2 0 0 0-3.8-.9M3.5 7.5a4.5 4.5 0 0 0 6.7 3.9M12.5 7.5c0 .7-.1 1.3-.4 1.8M8 12v2.2M2.5 2.5l11 11"/>`,
  hold: svg`<path d="M5.5 3.5v9M10.5 3.5v9"/>`,
  keypad: svg`<path d="M4 3.5h.01M8 3.5h.01M12 3.5h.01M4 8h.01M8 8h.01M12 8h.01M4 12.5h.01M8 12.5h.01M12 12.5h.01" stroke-width="2.4"/>`,
  chat: svg`<path d="M2.5 4.5a2 2 0 0 1 2-2h7a2 2 0 0 1 2 2v4a2 2 0 0 1-2 2H7l-3 3v-3a2 2 0 0 1-1.5-2z"/>`,
  warn: svg`<path d="M8 2.5 14.2 13H1.8zM8 6.5v3M8 11.3h.01"/>`,
  down: svg`<path d="M8 3v10M4 9l4 4 4-4"/>`,
  send: svg`<path d="M8 13V3M4 7l4-4 4 4"/>`,
  note: svg`<path d="M3 2.5h10v7l-4 4H3zM13 9.5H9v4"/>`,
  inbox: svg`<path d="M2 9h3.5l1 2h3l1-2H14M2 9l2-5.5h8L14 9v3.5a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1z"/>`,
  eye: svg`<path d="M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8z"/><circle cx="8" cy="8" r="2"/>`,
  eyeOff: svg`<path d="M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM3 13 13 3"/>`,
  away: svg`<path d="M6.5 2.5h-3v11h3M9.5 5l3 3-3 3M12.5 8h-6"/>`,
  mail: svg`<rect x="2" y="3.5" width="12" height="9" rx="1.5"/><path d="m2.5 5 5.5 4 5.5-4"/>`,
  back: svg`<path d="M6 4 2.5 7.5 6 11M3 7.5h6.5a4 4 0 0 1 4 4v1"/>`,
  info: svg`<circle cx="8" cy="8" r="5.8"/><path d="M8 7.3v3.5M8 5.2h.01"/>`,
} as const;

export type IconName = keyof typeof drawings;

export function icon(name: IconName): TemplateResult {
  return html`<svg class="i" viewBox="0 0 16 16" aria-hidden="true">${drawings[name]}</svg>`;
}
