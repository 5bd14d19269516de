/** What is kept for this tab only, until it is closed: an unfinished message. */

import { KeptValues } from './storage.ts';

export function valuesOfTab(server: string): KeptValues {
  try {
    return new KeptValues(server, sessionStorage);
  } catch {
    return new KeptValues(server, undefined);
  }
}
