/** Where in the desk the page's address points: its fragment, which goes to no server and into no log. */

export type SettingsPage = 'account' | 'people';

const INVITATION = '#invitation=';

/** The page of the settings that an address shows, or null for the conversations. */
export function settingsPage(hash: string): SettingsPage | null {
  if (hash === '#settings') return 'account';
  return hash === '#settings/people' ? 'people' : null;
}

/** The token of a one-time link, or null. */
export function invitationToken(hash: string): string | null {
  return hash.startsWith(INVITATION) && hash.length > INVITATION.length ? hash.slice(INVITATION.length) : null;
}

/** Takes the token out of the address, so that it is neither in the history nor seen over a shoulder. */
export function takeInvitation(): string | null {
  const token = invitationToken(location.hash);
  if (token !== null) history.replaceState(null, '', location.pathname);
  return token;
}
