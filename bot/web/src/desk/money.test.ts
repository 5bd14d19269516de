import { describe, expect, it } from 'vitest';

import { moneyText } from './money.ts';

describe('moneyText', () => {
  it('knows how many minor units a currency has', () => {
    expect(moneyText(89_900, 'NOK', 'en')).toContain('899.00');
    expect(moneyText(500, 'JPY', 'en')).toContain('500');
  });
});
