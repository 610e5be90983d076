declare module 'oro:signal' {
/** Signals by their numbers and names: `oro:signal`. The same as `oro:process/signal`. */
export * from 'oro:process/signal';
export { default } from 'oro:process/signal';
}
