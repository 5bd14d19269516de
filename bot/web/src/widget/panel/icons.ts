/** Our own line icons, on a grid of 24. Decoration only: what they mean is said in words beside them. */

import { html } from 'lit';
import type { TemplateResult } from 'lit';

function line(path: string, className = ''): TemplateResult {
  return html`<svg viewBox="0 0 24 24" class="icon ${className}" aria-hidden="true"><path d=${path}></path></svg>`;
}

export const icons = {
  assistant: line('M12 3v3M7 6h10a3 3 0 0 1 3 3v7a3 3 0 0 1-3 3H7a3 3 0 0 1-3-3V9a3 3 0 0 1 3-3ZM9 11.5v1.5M15 11.5v1.5M9.5 16h5'),
  person: line('M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20.5a7.5 7.5 0 0 1 15 0'),
  support: line('M4 14v-2a8 8 0 0 1 16 0v2M4 14a2 2 0 0 1 2-2h1v6H6a2 2 0 0 1-2-2ZM20 14a2 2 0 0 0-2-2h-1v6h1a2 2 0 0 0 2-2ZM20 16v1a4 4 0 0 1-4 4h-3'),
  phone: line('M6.3 3.75 9 3.3l1.8 4.5-2.25 1.65a12 12 0 0 0 6 6l1.65-2.25 4.5 1.8-.45 2.7a2.25 2.25 0 0 1-2.4 1.8A15.75 15.75 0 0 1 4.5 6.15a2.25 2.25 0 0 1 1.8-2.4Z'),
  hangUp: line('M3 14.5c5-5 13-5 18 0l-2.6 2.6-3.9-1.6v-2.4a10 10 0 0 0-5 0v2.4l-3.9 1.6Z'),
  microphone: line('M12 3.5a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0v-5a3 3 0 0 0-3-3ZM5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3'),
  microphoneOff: line('M9 9v2.5a3 3 0 0 0 4.6 2.5M15 11V6.5a3 3 0 0 0-5.8-1M5.5 11.5a6.5 6.5 0 0 0 10 5.4M18.5 11.5c0 .9-.2 1.8-.5 2.6M12 18v3M4 4l16 16'),
  keypad: line('M6 5v.01M12 5v.01M18 5v.01M6 11.5v.01M12 11.5v.01M18 11.5v.01M6 18v.01M12 18v.01M18 18v.01', 'heavy'),
  more: line('M12 5.5v.01M12 12v.01M12 18.5v.01', 'heavy'),
  close: line('M6 6l12 12M18 6 6 18'),
  send: line('M12 19V5M5.5 11.5 12 5l6.5 6.5'),
  download: line('M12 4v11M7.5 10.5 12 15l4.5-4.5M5 19.5h14'),
  restart: line('M4 12a8 8 0 1 0 2.6-5.9L4 8.5M4 4v4.5h4.5'),
  sound: line('M4 9.5v5h3.5L12 18.5v-13L7.5 9.5ZM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11'),
  check: line('m5 12.5 4.5 4.5L19 7.5'),
  clock: line('M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM12 7.5V12l3 2'),
  warning: line('M12 8v5M12 16.5v.01M12 3.5 2.8 19.5h18.4Z'),
  down: line('M12 5v14M5.5 12.5 12 19l6.5-6.5'),
  star: line('m12 3.5 2.6 5.4 5.9.8-4.3 4.1 1 5.9-5.2-2.8-5.2 2.8 1-5.9L3.5 9.7l5.9-.8Z'),
};
