/** Buttons that copy. */

import { make } from './elements.js';
import { icon } from './icons.js';

const TOLD_MS = 1400;

/**
 * @param {string} title
 * @param {() => string} text what is copied
 * @returns {HTMLButtonElement}
 */
export function copyButton(title, text) {
  const button = make('button', { type: 'button', title, 'aria-label': title }, icon('copy'));
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(text());
    button.replaceChildren(icon('check'));
    setTimeout(() => button.replaceChildren(icon('copy')), TOLD_MS);
  });
  return button;
}
