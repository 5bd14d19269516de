/**
 * The launcher button, two shadow trees deep: the site's rules reach only the outer element, whose own rules
 * win, and what the button and the panel are drawn with is out of their reach.
 */

import { directionOf } from '../../shared/language.ts';
import type { Translator } from '../../shared/i18n.ts';
import tokens from '../../shared/tokens.css?inline';
import type { Settings } from '../contract.ts';

import hostStyles from './host.css?inline';
import styles from './launcher.css?inline';
import type { LoaderText } from './texts.ts';

const BUBBLE = 'M21 11.5a8.4 8.4 0 0 1-12.2 7.5L3 21l2-5.8A8.4 8.4 0 1 1 21 11.5Z';
const CHEVRON = 'm6 9 6 6 6-6';

export class Launcher {
  private readonly outer = document.createElement('firstline-chat');
  private readonly host = document.createElement('div');
  /** The panel goes in here. */
  readonly root = this.host.attachShadow({ mode: 'open' });
  private readonly button = document.createElement('button');
  private readonly badge = element('span', 'badge');
  private readonly failure = element('div', 'failure');
  private isOpen = false;
  private unread = 0;

  constructor(
    settings: Settings,
    private readonly t: Translator<LoaderText>,
    private readonly onPress: () => void,
  ) {
    const { outer, host, root, button, badge, failure } = this;
    const shield = outer.attachShadow({ mode: 'open' });
    shield.adoptedStyleSheets = [sheet(hostStyles)];
    shield.append(host);
    // An id is of one tree: the site sees the outer one.
    outer.id = host.id = 'firstline';
    host.lang = settings.language;
    host.dir = directionOf(settings.language);
    host.dataset.side = settings.side;
    if (settings.theme) host.dataset.theme = settings.theme;
    // The object model, unlike a style attribute, is allowed under any Content-Security-Policy.
    if (settings.colour) {
      host.style.setProperty('--brand', settings.colour.brand);
      host.style.setProperty('--on-brand', settings.colour.onBrand);
    }
    root.adoptedStyleSheets = [sheet(tokens), sheet(styles)];

    button.type = 'button';
    button.setAttribute('aria-haspopup', 'dialog');
    button.append(icon(BUBBLE, 'when-closed'), icon(CHEVRON, 'when-open'));
    if (settings.launcherLabel) {
      const label = element('span', 'when-closed');
      label.textContent = settings.launcherLabel;
      button.append(label);
    }
    badge.setAttribute('aria-hidden', 'true');
    badge.hidden = true;
    button.append(badge);
    button.addEventListener('click', () => this.onPress());
    failure.setAttribute('role', 'status');
    root.append(button, failure);
    this.update();
  }

  /** Puts it on the page: in the top layer, where no ancestor's transform, filter or stacking reaches it. */
  appear(): void {
    document.body.append(this.outer);
    if (!('popover' in this.outer)) return;
    this.outer.popover = 'manual';
    this.outer.showPopover();
  }

  disappear(): void {
    this.outer.remove();
  }

  setOpen(open: boolean): void {
    this.isOpen = open;
    this.update();
  }

  setUnread(count: number): void {
    this.unread = count;
    this.update();
  }

  setBusy(busy: boolean): void {
    this.button.setAttribute('aria-busy', String(busy));
  }

  /** Says that the panel could not be loaded, until the next try. */
  setFailed(failed: boolean): void {
    this.failure.textContent = failed ? this.t('failed') : '';
  }

  focus(): void {
    this.button.focus();
  }

  private update(): void {
    const { button, badge, t, unread, isOpen } = this;
    const unreadText = unread > 0 && !isOpen ? `, ${t('unread', { count: unread })}` : '';
    button.setAttribute('aria-expanded', String(isOpen));
    button.setAttribute('aria-label', t(isOpen ? 'close' : 'open') + unreadText);
    badge.textContent = unread > 9 ? '9+' : String(unread);
    badge.hidden = unread === 0 || isOpen;
  }
}

function sheet(text: string): CSSStyleSheet {
  const made = new CSSStyleSheet();
  made.replaceSync(text);
  return made;
}

function element(tag: string, className: string): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  return made;
}

function icon(path: string, className: string): SVGElement {
  const namespace = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(namespace, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', className);
  svg.setAttribute('aria-hidden', 'true');
  const shape = document.createElementNS(namespace, 'path');
  shape.setAttribute('d', path);
  svg.append(shape);
  return svg;
}
