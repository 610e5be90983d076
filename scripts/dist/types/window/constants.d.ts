declare module 'oro:window/constants' {
/** States of windows: `oro:window/constants`. */
export const WINDOW_ERROR = -1;
export const WINDOW_NONE = 0;
export const WINDOW_CREATING = 10;
export const WINDOW_CREATED = 11;
export const WINDOW_HIDING = 20;
export const WINDOW_HIDDEN = 21;
export const WINDOW_SHOWING = 30;
export const WINDOW_SHOWN = 31;
export const WINDOW_CLOSING = 40;
export const WINDOW_CLOSED = 41;
export const WINDOW_EXITING = 50;
export const WINDOW_EXITED = 51;
export const WINDOW_KILLING = 60;
export const WINDOW_KILLED = 61;
const _default: Readonly<{
    WINDOW_CLOSED: 41;
    WINDOW_CLOSING: 40;
    WINDOW_CREATED: 11;
    WINDOW_CREATING: 10;
    WINDOW_ERROR: -1;
    WINDOW_EXITED: 51;
    WINDOW_EXITING: 50;
    WINDOW_HIDDEN: 21;
    WINDOW_HIDING: 20;
    WINDOW_KILLED: 61;
    WINDOW_KILLING: 60;
    WINDOW_NONE: 0;
    WINDOW_SHOWING: 30;
    WINDOW_SHOWN: 31;
}>;
export default _default;
}
