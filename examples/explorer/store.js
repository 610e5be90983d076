/**
 * The state of the page, in one place.
 *
 * Changes of one turn are told together, so that a listener draws once however many keys changed.
 *
 * @template {Record<string, unknown>} State
 */
export class Store {
  /** @type {State} */
  #state;
  /** @type {Set<keyof State>} */
  #changed = new Set();
  /** @type {{ keys: (keyof State)[], listener: (state: State) => void }[]} */
  #listeners = [];

  /** @param {State} initial */
  constructor(initial) {
    this.#state = { ...initial };
  }

  /** @returns {Readonly<State>} */
  get state() {
    return this.#state;
  }

  /**
   * Changes some keys; those that get the value they have do not count as changed.
   *
   * @param {Partial<State>} patch
   */
  set(patch) {
    const idle = this.#changed.size === 0;
    for (const [key, value] of Object.entries(patch)) {
      if (Object.is(this.#state[key], value)) continue;
      this.#state[key] = value;
      this.#changed.add(key);
    }
    if (idle && this.#changed.size > 0) queueMicrotask(() => this.#tell());
  }

  /**
   * Calls a listener now, and whenever one of the keys changed.
   *
   * @param {(keyof State)[]} keys
   * @param {(state: Readonly<State>) => void} listener
   */
  watch(keys, listener) {
    this.#listeners.push({ keys, listener });
    listener(this.#state);
  }

  #tell() {
    const changed = this.#changed;
    this.#changed = new Set();
    for (const { keys, listener } of this.#listeners) {
      if (keys.some((key) => changed.has(key))) listener(this.#state);
    }
  }
}
