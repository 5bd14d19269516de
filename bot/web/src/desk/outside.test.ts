import { describe, expect, it } from 'vitest';

import { outsideTarget, transferFailed } from './outside.ts';

describe('outsideTarget', () => {
  it.each([
    ['+47 22 85 00 00', '+4722850000'],
    ['(030) 12-34/56', '030123456'],
    ['+۴۷ ۲۲۸۵', '+472285'],
    [' 113 ', '113'],
    ['sip:support@example.com', 'sip:support@example.com'],
    ['SIPS:a.b+c@[2001:db8::1]:5061', 'SIPS:a.b+c@[2001:db8::1]:5061'],
  ])('takes %s', (text, target) => {
    expect(outsideTarget(text)).toBe(target);
  });

  it.each(['', '12', '+', 'support', 'support@example.com', 'sip:nobody', 'sip:a@b c', '1234567890123456', '47+11223344'])(
    'leaves %s',
    (text) => {
      expect(outsideTarget(text)).toBeUndefined();
    },
  );
});

describe('transferFailed', () => {
  it.each([
    [486, 'busy'],
    [501, 'this line cannot pass calls on'],
    [503, 'error 503'],
  ])('says what %i means', (status, why) => {
    expect(transferFailed({ text: '+4722850000', status })).toBe(`\u2068+4722850000\u2069 could not be reached: ${why}`);
  });
});
