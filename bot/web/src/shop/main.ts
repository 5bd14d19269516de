/** The demo shop: the examples under "Help with an order" are said in the chat. */

import '../shared/tokens.css';
import '../shared/base.css';
import './shop.css';

for (const button of document.querySelectorAll<HTMLElement>('[data-say]')) {
  button.addEventListener('click', () => {
    void window.Firstline?.send(button.dataset.say ?? '');
  });
}
