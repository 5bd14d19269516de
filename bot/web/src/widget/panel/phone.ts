/** Whether customers can call from here. The call itself is loaded only when they do. */

/** Where a call's offer goes; null where there is no telephone, or the browser has no part of one. */
export async function callAddress(server: string): Promise<string | null> {
  if (!('RTCPeerConnection' in window && 'mediaDevices' in navigator)) return null;
  try {
    const response = await fetch(new URL('api/v1/voice', server), { credentials: 'omit' });
    const { url } = (await response.json()) as { url?: unknown };
    return response.ok && typeof url === 'string' ? url : null;
  } catch {
    return null;
  }
}
