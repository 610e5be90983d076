declare module 'oro:timers/scheduler' {
/** Waiting, by the names of the scheduling interface of the web: `oro:timers/scheduler`. */
import { scheduler } from 'oro:timers/promises';
/** Resolves after `delay` milliseconds. */
export const wait: typeof scheduler.wait;
/** Resolves after what is already waiting. */
const later: typeof scheduler.yield;
export { later as yield };
export default scheduler;
}
