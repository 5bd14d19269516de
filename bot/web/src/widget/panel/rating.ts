/** Asks how it was: one to five, as radio buttons that look like stars, and a few words if the customer likes. */

import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { query, state } from 'lit/decorators.js';

import { PanelElement, define, styles } from './element.ts';
import { icons } from './icons.ts';
import styleText from './rating.css?inline';

const SCORES = [1, 2, 3, 4, 5] as const;
type Score = (typeof SCORES)[number];

export interface Rating {
  score: Score;
  comment: string;
}

/** Events: `rate` with a `Rating`, `skip`. */
export class RatingCard extends PanelElement {
  static override styles = styles(styleText);

  @state() private score: Score | undefined;
  @query('textarea') private readonly comment!: HTMLTextAreaElement | null;

  override render(): TemplateResult {
    const { t, score } = this;
    return html`
      <form class="card" @submit=${this.onSubmit}>
        <fieldset>
          <legend>${t('rating')}</legend>
          <div class="scores">
            ${SCORES.map(
              (value) => html`
                <label class=${score !== undefined && value <= score ? 'chosen' : ''} title=${t(`rating.${value}`)}>
                  <input
                    type="radio"
                    class="visually-hidden"
                    name="score"
                    .checked=${score === value}
                    @change=${() => (this.score = value)}
                  />
                  ${icons.star}<span class="visually-hidden">${t(`rating.${value}`)}</span>
                </label>
              `,
            )}
          </div>
        </fieldset>
        ${score === undefined
          ? nothing
          : html`
              <p class="word" aria-hidden="true">${t(`rating.${score}`)}</p>
              <textarea
                rows="2"
                dir="auto"
                maxlength="1000"
                aria-label=${t('rating.comment')}
                placeholder=${t('rating.comment')}
              ></textarea>
            `}
        <div class="actions">
          <button type="button" class="button plain" @click=${() => this.fire('skip')}>${t('rating.skip')}</button>
          ${score === undefined
            ? nothing
            : html`<button type="submit" class="button primary">${t('rating.send')}</button>`}
        </div>
      </form>
    `;
  }

  private onSubmit(event: Event): void {
    event.preventDefault();
    if (this.score === undefined) return;
    this.fire('rate', { score: this.score, comment: this.comment?.value.trim() ?? '' } satisfies Rating);
  }
}

define('firstline-rating', RatingCard);
