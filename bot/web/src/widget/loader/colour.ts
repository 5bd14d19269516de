/** A site's brand colour, and what can be read on it. */

/**
 * Reads a colour of the form `#rgb` or `#rrggbb` and picks black or white for text on it, whichever has
 * the higher contrast (WCAG 2.2 relative luminance). Undefined for anything else.
 */
export function brandColour(value: string | undefined): { brand: string; onBrand: string } | undefined {
  const hex = /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i.exec(value?.trim() ?? '')?.[0].slice(1);
  if (!hex) return undefined;
  const full = hex.length === 3 ? hex.replace(/./g, '$&$&') : hex;
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => linear(parseInt(full.slice(at, at + 2), 16) / 255));
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  const contrastWithWhite = 1.05 / (luminance + 0.05);
  const contrastWithBlack = (luminance + 0.05) / 0.05;
  return { brand: `#${full}`, onBrand: contrastWithWhite >= contrastWithBlack ? '#ffffff' : '#000000' };
}

function linear(channel: number): number {
  return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
}
