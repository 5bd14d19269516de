/** Has Lit make its Trusted Types policy under a name of ours, which a site can allow without knowing of Lit. */

import type { Plugin } from 'vite';

export const POLICY = 'firstline';
const LITS = /createPolicy\((["'])lit-html\1/;

/**
 * Two policies of one name are refused, so a site that uses Lit itself and lists `lit-html` would shut us out.
 * The build fails when Lit makes its policy in another way than before.
 */
export function ownTrustedTypesPolicy(): Plugin {
  let replaced = 0;
  return {
    name: 'own-trusted-types-policy',
    transform(code, id) {
      if (!id.includes('lit-html') || !LITS.test(code)) return null;
      replaced++;
      return { code: code.replace(LITS, `createPolicy("${POLICY}"`), map: null };
    },
    generateBundle() {
      if (replaced !== 1) throw new Error(`Expected Lit to make one Trusted Types policy, found ${replaced}.`);
    },
  };
}
