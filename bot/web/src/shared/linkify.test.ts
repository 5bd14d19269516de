import { describe, expect, it } from 'vitest';

import { linkify } from './linkify.ts';

const hrefs = (text: string) => linkify(text).flatMap((segment) => segment.href ?? []);

describe('linkify', () => {
  it.each([
    ['see https://example.com/a?b=c#d now', ['https://example.com/a?b=c#d']],
    ['(https://example.com/wiki/A_(b)).', ['https://example.com/wiki/A_(b)']],
    ['http://a.example, http://b.example!', ['http://a.example/', 'http://b.example/']],
    ['«https://example.com/å»', ['https://example.com/%C3%A5']],
  ])('finds the addresses in %s', (text, expected) => {
    expect(hrefs(text)).toEqual(expected);
  });

  it.each([
    'javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'https://',
    'www.example.com',
    'https://bank.example@evil.example/',
    'ftp://example.com/file',
  ])('finds none in %s', (text) => {
    expect(hrefs(text)).toEqual([]);
  });

  it.each(['', 'no link', 'https://example.com', 'a https://example.com. b <b>https://x.example</b>'])(
    'loses nothing of %s',
    (text) => {
      expect(
        linkify(text)
          .map((segment) => segment.text)
          .join(''),
      ).toBe(text);
    },
  );
});
