/** The customer waits for a person: where in the queue, for how long, and the way back. */

import { html } from 'lit';
import type { TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';

import type { Translator } from '../../shared/i18n.ts';
import type { HandoffState } from '../../shared/protocol.ts';

import { PanelElement, define, styles } from './element.ts';
import type { Text } from './element.ts';
import styleText from './waiting.css?inline';

/** Event: `cancel`. */
export class WaitingCard extends PanelElement {
  static override styles = styles(styleText);

  @property({ attribute: false }) handoff: HandoffState | null = null;

  override render(): TemplateResult {
    return html`
      <div class="card">
        <span class="pulse" aria-hidden="true"></span>
        <div class="words" role="status">
          <strong>${positionText(this.handoff, this.t)}</strong>
          <span>${waitText(this.handoff, this.t)}</span>
        </div>
        <button type="button" class="button" @click=${() => this.fire('cancel')}>${this.t('queue.cancel')}</button>
      </div>
    `;
  }
}

function positionText(handoff: HandoffState | null, t: Translator<Text>): string {
  const position = handoff?.position;
  if (typeof position !== 'number') return t('queue.unknown');
  return position <= 1 ? t('queue.next') : t('queue.position', { count: position });
}

function waitText(handoff: HandoffState | null, t: Translator<Text>): string {
  const seconds = handoff?.expected_wait;
  if (typeof seconds !== 'number') return t('queue.wait.unknown');
  // As the bot words it.
  return seconds < 45 ? t('queue.wait.short') : t('queue.wait', { count: Math.max(1, Math.round(seconds / 60)) });
}

define('firstline-waiting', WaitingCard);
