/** Undoes a change of contact data: the token of the mail's link is in the fragment, which no server is sent. */

import '../shared/tokens.css';
import '../shared/base.css';
import './undo.css';

import { chooseLanguage, directionOf } from '../shared/language.ts';

import { english, texts } from './texts.ts';

const language = chooseLanguage(navigator.languages, Object.keys(texts));
const words = texts[language] ?? english;
const title = part('#title');
const text = part('#text');
const button = part('#undo') as HTMLButtonElement;
const token = location.hash.slice(1);

document.documentElement.lang = language;
document.documentElement.dir = directionOf(language);
document.title = title.textContent = words.title;
button.textContent = words.undo;
// Neither the history nor a screenshot of the address is to have it.
history.replaceState(null, '', location.pathname);
// On a press only: programs that look into mails open their links.
button.addEventListener('click', () => void undo());
text.textContent = token ? words.ask : words.gone;
button.hidden = !token;

function part(selector: string): HTMLElement {
  const found = document.querySelector<HTMLElement>(selector);
  if (!found) throw new Error(`The page has no ${selector}.`);
  return found;
}

async function undo(): Promise<void> {
  button.disabled = true;
  try {
    const response = await fetch('/api/v1/contact-changes/undo', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ token }),
    });
    if (response.status >= 500 || response.status === 429) throw new Error(String(response.status));
    text.textContent = response.ok ? words.done : words.gone;
    button.hidden = true;
  } catch {
    text.textContent = words.failed;
    button.disabled = false;
  }
}
