/** Style sheets for shadow trees: constructable, so that no Content-Security-Policy stands in their way. */

import { unsafeCSS } from 'lit';
import type { CSSResult } from 'lit';

import base from './base.css?inline';
import tokens from './tokens.css?inline';

/** A sheet from a file of ours, imported with `?inline`. Never for text that came from elsewhere. */
export function sheet(text: string): CSSResult {
  return unsafeCSS(text);
}

export const tokenStyles = sheet(tokens);
export const baseStyles = sheet(base);
