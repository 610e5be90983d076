declare module 'oro:internal/dgram/errors' {
/** Errors that sockets throw, by Node's codes. */
const ERR_SOCKET_ALREADY_BOUND_base: {
    new (...args: any[]): {
        readonly code: string;
        name: string;
        message: string;
        stack?: string;
        cause?: unknown;
    };
} & ErrorConstructor;
export class ERR_SOCKET_ALREADY_BOUND extends ERR_SOCKET_ALREADY_BOUND_base {
    constructor();
}
const ERR_SOCKET_DGRAM_IS_CONNECTED_base: {
    new (...args: any[]): {
        readonly code: string;
        name: string;
        message: string;
        stack?: string;
        cause?: unknown;
    };
} & ErrorConstructor;
export class ERR_SOCKET_DGRAM_IS_CONNECTED extends ERR_SOCKET_DGRAM_IS_CONNECTED_base {
    constructor();
}
const ERR_SOCKET_DGRAM_NOT_CONNECTED_base: {
    new (...args: any[]): {
        readonly code: string;
        name: string;
        message: string;
        stack?: string;
        cause?: unknown;
    };
} & ErrorConstructor;
export class ERR_SOCKET_DGRAM_NOT_CONNECTED extends ERR_SOCKET_DGRAM_NOT_CONNECTED_base {
    constructor();
}
const ERR_SOCKET_DGRAM_NOT_RUNNING_base: {
    new (...args: any[]): {
        readonly code: string;
        name: string;
        message: string;
        stack?: string;
        cause?: unknown;
    };
} & ErrorConstructor;
export class ERR_SOCKET_DGRAM_NOT_RUNNING extends ERR_SOCKET_DGRAM_NOT_RUNNING_base {
    constructor();
}
const ERR_SOCKET_BAD_TYPE_base: {
    new (...args: any[]): {
        readonly code: string;
        name: string;
        message: string;
        stack?: string;
        cause?: unknown;
    };
} & TypeErrorConstructor;
export class ERR_SOCKET_BAD_TYPE extends ERR_SOCKET_BAD_TYPE_base {
    constructor();
}
const ERR_SOCKET_BAD_PORT_base: {
    new (...args: any[]): {
        readonly code: string;
        name: string;
        message: string;
        stack?: string;
        cause?: unknown;
    };
} & RangeErrorConstructor;
export class ERR_SOCKET_BAD_PORT extends ERR_SOCKET_BAD_PORT_base {
    constructor(port: unknown, zero: boolean);
}
const ERR_SOCKET_BUFFER_SIZE_base: {
    new (...args: any[]): {
        readonly code: string;
        name: string;
        message: string;
        stack?: string;
        cause?: unknown;
    };
} & ErrorConstructor;
export class ERR_SOCKET_BUFFER_SIZE extends ERR_SOCKET_BUFFER_SIZE_base {
    constructor();
}
const ERR_BUFFER_OUT_OF_BOUNDS_base: {
    new (...args: any[]): {
        readonly code: string;
        name: string;
        message: string;
        stack?: string;
        cause?: unknown;
    };
} & RangeErrorConstructor;
export class ERR_BUFFER_OUT_OF_BOUNDS extends ERR_BUFFER_OUT_OF_BOUNDS_base {
    constructor(name: string);
}
const ERR_INVALID_ARG_TYPE_base: {
    new (...args: any[]): {
        readonly code: string;
        name: string;
        message: string;
        stack?: string;
        cause?: unknown;
    };
} & TypeErrorConstructor;
export class ERR_INVALID_ARG_TYPE extends ERR_INVALID_ARG_TYPE_base {
    constructor(name: string, expected: string, value: unknown);
}
export {};
}
