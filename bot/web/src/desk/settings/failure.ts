/** What went wrong with an account, in the agent's language; the server's own words for what is rare. */

import { ApiError } from '../api.ts';
import { hasKey, t } from '../i18n.ts';

export function failureText(error: unknown): string {
  if (!(error instanceof ApiError)) throw error;
  if (error.status === 0) return t('toast.unreachable');
  if (error.status === 429 || error.status === 503) return t('settings.error.wait');
  const key = `settings.error.${error.code}`;
  return hasKey(key) ? t(key) : error.message;
}
