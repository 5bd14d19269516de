/** How the state of a message that was left is told. */

import { t } from './i18n.ts';
import type { Agent, LeftMessage } from './types.ts';

/** `Taken by Ada Berg`, `Answered by e-mail`. */
export function stateText(message: LeftMessage, me: Agent | null): string {
  const name = `\u2068${message.agent_name ?? ''}\u2069`;
  if (message.state === 'open') return t('inbox.state_open');
  if (message.state === 'taken') return message.agent_id === me?.id ? t('inbox.state_mine') : t('inbox.state_taken', { name });
  const how = t(`inbox.how.${message.answered ?? 'done'}`);
  return message.agent_name === null ? how : t('inbox.state_answered', { how, name });
}
