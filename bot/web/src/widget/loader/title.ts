/** The number of unread messages in front of the page's title. */

const BADGE = /^\(\d+\+?\) /;

/** `(2) Fjordlight` for 2 and `Fjordlight`; takes an earlier badge off first, so the site may change its title. */
export function badgedTitle(title: string, unread: number): string {
  const bare = title.replace(BADGE, '');
  return unread > 0 ? `(${unread > 9 ? '9+' : unread}) ${bare}` : bare;
}
