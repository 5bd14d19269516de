/** Whether the customer left the panel open in this tab, so that it stays open over page loads. */

import { storageKey } from '../contract.ts';

/** Of this tab only: a page opened in another one does not begin with an open chat. */
function storage(): Storage | undefined {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
}

export function rememberOpen(server: string, open: boolean): void {
  try {
    if (open) storage()?.setItem(storageKey(server, 'open'), '1');
    else storage()?.removeItem(storageKey(server, 'open'));
  } catch {
    // Full: the next page begins with the launcher.
  }
}

/**
 * True when the panel was open on the page before. On a phone it covers the whole page, and a customer who
 * followed a link wants to see where it leads: there only the same page, loaded again, shows it again.
 */
export function wasLeftOpen(server: string, { coversPage, reloaded }: { coversPage: boolean; reloaded: boolean }): boolean {
  if (coversPage && !reloaded) return false;
  try {
    return storage()?.getItem(storageKey(server, 'open')) === '1';
  } catch {
    return false;
  }
}

/** True when this page was loaded again, not come to. */
export function isReloaded(): boolean {
  const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  return navigation?.type === 'reload';
}
