/** Amounts of money as people read them. */

/** Whole minor units in their currency, by the customs of the language. */
export function moneyText(minor: number, currency: string, inLanguage: string): string {
  const format = new Intl.NumberFormat(inLanguage, { style: 'currency', currency });
  return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}
