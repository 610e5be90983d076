/** Errors that sockets throw, by Node's codes. */

function define<T extends new (...args: any[]) => Error>(Base: T, code: string) {
  return class extends Base {
    readonly code = code;
    constructor(...args: any[]) {
      super(...args);
      Object.defineProperty(this, 'name', {
        value: Base.name,
        configurable: true,
      });
    }
  };
}

export class ERR_SOCKET_ALREADY_BOUND extends define(Error, 'ERR_SOCKET_ALREADY_BOUND') {
  constructor() {
    super('Socket is already bound');
  }
}

export class ERR_SOCKET_DGRAM_IS_CONNECTED extends define(Error, 'ERR_SOCKET_DGRAM_IS_CONNECTED') {
  constructor() {
    super('Already connected');
  }
}

export class ERR_SOCKET_DGRAM_NOT_CONNECTED extends define(
  Error,
  'ERR_SOCKET_DGRAM_NOT_CONNECTED',
) {
  constructor() {
    super('Not connected');
  }
}

export class ERR_SOCKET_DGRAM_NOT_RUNNING extends define(Error, 'ERR_SOCKET_DGRAM_NOT_RUNNING') {
  constructor() {
    super('Not running');
  }
}

export class ERR_SOCKET_BAD_TYPE extends define(TypeError, 'ERR_SOCKET_BAD_TYPE') {
  constructor() {
    super('Bad socket type specified. Valid types are: udp4, udp6');
  }
}

export class ERR_SOCKET_BAD_PORT extends define(RangeError, 'ERR_SOCKET_BAD_PORT') {
  constructor(port: unknown, zero: boolean) {
    super(`Port should be ${zero ? '>=' : '>'} 0 and < 65536. Received ${shown(port)}.`);
  }
}

export class ERR_SOCKET_BUFFER_SIZE extends define(Error, 'ERR_SOCKET_BUFFER_SIZE') {
  constructor() {
    super('Could not get or set buffer size: the socket is not bound');
  }
}

export class ERR_BUFFER_OUT_OF_BOUNDS extends define(RangeError, 'ERR_BUFFER_OUT_OF_BOUNDS') {
  constructor(name: string) {
    super(`"${name}" is outside of buffer bounds`);
  }
}

export class ERR_INVALID_ARG_TYPE extends define(TypeError, 'ERR_INVALID_ARG_TYPE') {
  constructor(name: string, expected: string, value: unknown) {
    super(`The "${name}" argument must be of type ${expected}. Received ${shown(value)}`);
  }
}

function shown(value: unknown): string {
  return value === null || value === undefined
    ? String(value)
    : `type ${typeof value} (${String(value)})`;
}
