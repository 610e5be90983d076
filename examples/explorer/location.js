/** The path bar: the folders down to the one that is shown, and a field to go elsewhere. */

import { byId, make } from './elements.js';

export class LocationBar {
  #form = byId('location');
  #crumbs = byId('crumbs');
  #field = byId('path');
  #error = byId('path-error');
  #go;
  #path = '';

  /**
   * @param {(path: string) => Promise<string>} go opens a path; the answer is what is wrong with
   *   it, or nothing
   */
  constructor(go) {
    this.#go = go;
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#crumbs.addEventListener('click', (event) => {
      if (event.target === this.#crumbs) this.edit();
    });
    this.#field.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.#leave();
    });
    this.#field.addEventListener('input', () => this.#say(''));
    this.#field.addEventListener('blur', () => this.#leave());
    byId('path-edit').addEventListener('click', () => this.edit());
  }

  /** Lets the user type a path. */
  edit() {
    this.#form.classList.add('editing');
    this.#field.value = this.#path;
    this.#field.focus();
    this.#field.select();
  }

  /**
   * @param {string} path of the folder that is shown
   * @param {string} root of what was walked
   */
  show(path, root) {
    this.#path = path;
    const names = path === '/' ? [''] : path.split('/');
    const crumbs = names.map((name, index) => {
      const target = names.slice(0, index + 1).join('/') || '/';
      const current = index === names.length - 1;
      const crumb = make('button', {
        type: 'button',
        className: target.length < root.length ? 'crumb outside' : 'crumb',
        textContent: name || '/',
        title: target,
      });
      if (current) crumb.setAttribute('aria-current', 'location');
      crumb.addEventListener('click', () => (current ? this.edit() : this.#go(target)));
      return make('li', {}, crumb);
    });
    this.#crumbs.replaceChildren(...crumbs);
    // The end of a long path says more than its beginning.
    this.#crumbs.scrollLeft = this.#crumbs.scrollWidth;
  }

  async #submit() {
    const path = this.#field.value.trim();
    const wrong = path ? await this.#go(path) : '';
    if (wrong) {
      this.#say(wrong);
      return;
    }
    this.#leave();
  }

  #say(text) {
    this.#error.textContent = text;
    this.#error.hidden = !text;
    this.#field.setAttribute('aria-invalid', String(!!text));
  }

  #leave() {
    this.#say('');
    this.#form.classList.remove('editing');
    if (document.activeElement === this.#field) byId('grid').focus();
  }
}
