/** Waiting, by the names of the scheduling interface of the web: `oro:timers/scheduler`. */

import { scheduler } from './promises.js';

/** Resolves after `delay` milliseconds. */
export const wait: typeof scheduler.wait = scheduler.wait;

/** Resolves after what is already waiting. */
const later: typeof scheduler.yield = scheduler.yield;

export { later as yield };
export default scheduler;
