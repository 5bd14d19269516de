import { describe, expect, it } from 'vitest';

import { fill, shopValues } from './shop.ts';

describe('the shop page', () => {
  it('is filled with what the records say', () => {
    const values = shopValues();
    expect(fill('<p>{{ FL-102.price }}, {{ free_from }}</p>', values)).toBe('<p>€149, €50</p>');
    expect(values.get('FL-101.price')).toBe('€79.90');
    expect(values.get('FL-106.availability')).toBe('Only 7 left');
    expect(values.get('FL-110.availability')).toBe('Sold out');
  });

  it('is not built with a place that the records lack', () => {
    expect(() => fill('{{ FL-999.price }}', shopValues())).toThrow('FL-999.price');
  });

  it('takes no markup from the records', () => {
    expect(fill('{{ a }}', new Map([['a', '<b>&']]))).toBe('&lt;b>&amp;');
  });
});
