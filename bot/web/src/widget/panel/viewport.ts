/** The panel as the whole screen of a phone, above the keyboard, with the focus kept inside. */

import { PHONE } from '../contract.ts';

export class FullScreen {
  private readonly phone = matchMedia(PHONE);
  private readonly follow = (): void => {
    const viewport = window.visualViewport;
    if (!viewport) return;
    this.panel.style.setProperty('--viewport-top', `${viewport.offsetTop}px`);
    this.panel.style.setProperty('--viewport-height', `${viewport.height}px`);
  };

  constructor(
    private readonly panel: HTMLElement,
    private readonly changed: () => void,
  ) {}

  /** True when the panel, if open, covers the site. */
  get active(): boolean {
    return this.phone.matches;
  }

  start(): void {
    this.follow();
    window.visualViewport?.addEventListener('resize', this.follow);
    window.visualViewport?.addEventListener('scroll', this.follow);
    this.phone.addEventListener('change', this.changed);
  }

  stop(): void {
    window.visualViewport?.removeEventListener('resize', this.follow);
    window.visualViewport?.removeEventListener('scroll', this.follow);
    this.phone.removeEventListener('change', this.changed);
  }

  /** Tab on the last element goes to the first, and back. */
  keepFocus(event: KeyboardEvent): void {
    const stops = focusable(this.panel.shadowRoot);
    const at = stops.indexOf(deepActiveElement());
    const edge = event.shiftKey ? at <= 0 : at === stops.length - 1;
    if (!edge) return;
    event.preventDefault();
    stops.at(event.shiftKey ? -1 : 0)?.focus();
  }
}

const STOPS = 'a[href], button:not(:disabled), textarea, input, [tabindex="0"]';

/** What can be tabbed to, in order, through all shadow trees. Slotted elements are in their own tree's order. */
function focusable(root: ParentNode | null): HTMLElement[] {
  if (!root) return [];
  return [...root.querySelectorAll<HTMLElement>('*')].flatMap((element) => {
    const inside = element.shadowRoot ? focusable(element.shadowRoot) : [];
    return element.matches(STOPS) && element.tabIndex >= 0 && element.checkVisibility() ? [element, ...inside] : inside;
  });
}

function deepActiveElement(): HTMLElement {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  return active as HTMLElement;
}
