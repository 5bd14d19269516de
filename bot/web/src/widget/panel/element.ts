/** What the panel's elements have in common. */

import { LitElement } from 'lit';
import type { CSSResult } from 'lit';
import { property } from 'lit/decorators.js';

import type { Translator } from '../../shared/i18n.ts';
import { baseStyles, sheet } from '../../shared/styles.ts';

import controls from './controls.css?inline';
import type english from './catalogues/en.json';

export type Text = keyof typeof english;

export abstract class PanelElement extends LitElement {
  @property({ attribute: false }) t!: Translator<Text>;

  protected fire(name: string, detail?: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** The style sheets of an element: the common ones, and its own file imported with `?inline`. */
export function styles(own: string): CSSResult[] {
  return [baseStyles, sheet(controls), sheet(own)];
}

/** Registers an element, unless a second copy of the panel did so before. */
export function define(name: string, constructor: CustomElementConstructor): void {
  if (!customElements.get(name)) customElements.define(name, constructor);
}
