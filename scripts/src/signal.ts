/** Signals by their numbers and names: `oro:signal`. The same as `oro:process/signal`. */

export * from './process/signal.js';
export { default } from './process/signal.js';
