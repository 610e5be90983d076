/** The page's side of the catalog: questions with answers, and events. */

export class CatalogClient extends EventTarget {
  #worker = new Worker(new URL('./catalog.js', import.meta.url), { type: 'module' });
  #asked = new Map();
  #ids = 0;

  constructor() {
    super();
    this.#worker.addEventListener('message', ({ data }) => this.#receive(data));
    this.#worker.addEventListener('error', (event) => {
      const detail = event.message || 'The catalog could not be started';
      this.dispatchEvent(new CustomEvent('failure', { detail }));
    });
  }

  /**
   * @param {string} question
   * @param {object} [params]
   * @returns {Promise<any>}
   */
  ask(question, params = {}) {
    const id = ++this.#ids;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.#worker.postMessage({ id, question, params });
    });
  }

  #receive({ id, answer, failure, event, detail }) {
    if (event) {
      this.dispatchEvent(new CustomEvent(event, { detail }));
      return;
    }
    const { resolve, reject } = this.#asked.get(id);
    this.#asked.delete(id);
    if (failure === undefined) resolve(answer);
    else reject(new Error(failure));
  }
}
