import { describe, expect, it } from 'vitest';

import { phoneKey } from './keys.ts';
import { levelOf } from './level.ts';
import { LinkFailed, iceServers, post, signalOf } from './link.ts';

describe('phoneKey', () => {
  const press = (key: string, held: Partial<KeyboardEvent> = {}) =>
    phoneKey({ key, altKey: false, ctrlKey: false, metaKey: false, ...held });

  it('takes digits in whichever script, star and hash', () => {
    expect(['0', '9', '*', '#', '٤', '۷'].map((key) => press(key))).toEqual(['0', '9', '*', '#', '4', '7']);
  });

  it('leaves everything else alone', () => {
    expect(['a', 'Enter', '10', 'F5', ''].map((key) => press(key))).toEqual(Array(5).fill(undefined));
    expect(press('1', { ctrlKey: true })).toBeUndefined();
  });
});

describe('levelOf', () => {
  it('goes from silence to full scale', () => {
    expect(levelOf([0, 0, 0])).toBe(0);
    expect(levelOf([])).toBe(0);
    expect(levelOf([0.01, -0.01])).toBeCloseTo(0.4);
    expect(levelOf([1, -1])).toBe(1);
  });
});

describe('signalOf', () => {
  it('reads what the gateway tells', () => {
    expect(signalOf('{"state":"ended","reason":"hangup"}')).toEqual({ state: 'ended', reason: 'hangup' });
  });

  it.each(['', 'no json', 'null', '[]', '{"state":1}', new ArrayBuffer(1)])('makes nothing of %o', (data) => {
    expect(signalOf(data)).toEqual({ state: '', reason: '' });
  });
});

describe('iceServers', () => {
  it('asks the gateway that the offer goes to, with the ticket', async () => {
    const asked: unknown[] = [];
    const answering = (url: unknown, options?: RequestInit) => {
      asked.push(String(url), options?.body);
      return Promise.resolve(new Response('{"ice_servers":[{"urls":"stun:a"}]}'));
    };
    const told = await iceServers('https://voice.example/line/webrtc/offer', 't', answering);
    expect(told).toEqual([{ urls: 'stun:a' }]);
    expect(asked).toEqual(['https://voice.example/line/webrtc/ice-servers', '{"token":"t"}']);
  });

  it.each([
    () => Promise.reject(new TypeError('Failed to fetch')),
    () => Promise.resolve(new Response('{}', { status: 403 })),
    () => Promise.resolve(new Response('<html>')),
    () => Promise.resolve(new Response('{"ice_servers":"x"}')),
  ])('does without where it is not told', async (answering) => {
    expect(await iceServers('https://voice.example/webrtc/offer', undefined, answering)).toEqual([]);
  });
});

describe('post', () => {
  const answering = (status: number, body: string) => () => Promise.resolve(new Response(body, { status }));

  it('gives the answer', async () => {
    const answer = await post('https://voice.example/', {}, answering(200, '{"sdp":"v=0","type":"answer","id":"1"}'));
    expect(answer).toEqual({ type: 'answer', sdp: 'v=0' });
  });

  it.each([
    [403, 'refused'],
    [429, 'too_many'],
    [486, 'busy'],
    [503, 'busy'],
    [500, 'unreachable'],
    [200, 'unreachable'],
  ])('says what %i without an answer means', async (status, code) => {
    await expect(post('https://voice.example/', {}, answering(status, '{}'))).rejects.toMatchObject({ code });
  });

  it('says that nobody answered', async () => {
    const silent = () => Promise.reject(new TypeError('Failed to fetch'));
    await expect(post('https://voice.example/', {}, silent)).rejects.toBeInstanceOf(LinkFailed);
  });
});
