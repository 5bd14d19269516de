/** Asks the server whether this site may embed the widget, which a refused connection would not tell. */

export interface Site {
  /** False when the server knows the site's origin and does not let it in. */
  allowed: boolean;
  /** Longest message of a customer, in characters. */
  maxLength: number;
}

const PATIENCE_MS = 3_000;

/**
 * The server's answer; undefined when there is none in time: the server is down, slow, or an older one.
 *
 * @param cache `no-store` asks the server itself, and not what the browser remembers of it.
 */
export async function askServer(server: string, cache: RequestCache = 'default'): Promise<Site | undefined> {
  try {
    const response = await fetch(new URL('api/v1/site', server), {
      credentials: 'omit',
      cache,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return response.ok ? readSite(await response.json()) : undefined;
  } catch {
    return undefined;
  }
}

export function readSite(value: unknown): Site | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { allowed, max_message_length: maxLength } = value as Record<string, unknown>;
  if (typeof allowed !== 'boolean' || typeof maxLength !== 'number') return undefined;
  return { allowed, maxLength };
}

/** What the site's developer reads in the console. */
export function refusalText(origin: string, server: string): string {
  return (
    `Firstline: the chat is not shown, because the server ${server} does not let this site in. ` +
    `Add "${origin}" to its setting FIRSTLINE_ALLOWED_ORIGINS, and reload this page.`
  );
}
