// For projects that do not have @types/node.
declare module 'node:assert' {
  export * from 'oro:assert';
  export { default } from 'oro:assert';
}
declare module 'node:buffer' {
  export * from 'oro:buffer';
  export { default } from 'oro:buffer';
}
declare module 'node:child_process' {
  export * from 'oro:child_process';
  export { default } from 'oro:child_process';
}
declare module 'node:console' {
  export * from 'oro:console';
  export { default } from 'oro:console';
}
declare module 'node:dgram' {
  export * from 'oro:dgram';
  export { default } from 'oro:dgram';
}
declare module 'node:dns' {
  export * from 'oro:dns';
  export { default } from 'oro:dns';
}
declare module 'node:dns/promises' {
  export * from 'oro:dns/promises';
  export { default } from 'oro:dns/promises';
}
declare module 'node:events' {
  export * from 'oro:events';
  export { default } from 'oro:events';
}
declare module 'node:fs' {
  export * from 'oro:fs';
  export { default } from 'oro:fs';
}
declare module 'node:fs/constants' {
  export * from 'oro:fs/constants';
  export { default } from 'oro:fs/constants';
}
declare module 'node:fs/promises' {
  export * from 'oro:fs/promises';
  export { default } from 'oro:fs/promises';
}
declare module 'node:os' {
  export * from 'oro:os';
  export { default } from 'oro:os';
}
declare module 'node:os/constants' {
  export * from 'oro:os/constants';
  export { default } from 'oro:os/constants';
}
declare module 'node:path' {
  export * from 'oro:path';
  export { default } from 'oro:path';
}
declare module 'node:path/posix' {
  export * from 'oro:path/posix';
  export { default } from 'oro:path/posix';
}
declare module 'node:path/win32' {
  export * from 'oro:path/win32';
  export { default } from 'oro:path/win32';
}
declare module 'node:process' {
  export * from 'oro:process';
  export { default } from 'oro:process';
}
declare module 'node:stream' {
  export * from 'oro:stream';
  export { default } from 'oro:stream';
}
declare module 'node:test' {
  export * from 'oro:test';
  export { default } from 'oro:test';
}
declare module 'node:timers' {
  export * from 'oro:timers';
  export { default } from 'oro:timers';
}
declare module 'node:timers/promises' {
  export * from 'oro:timers/promises';
  export { default } from 'oro:timers/promises';
}
declare module 'node:url' {
  export * from 'oro:url';
  export { default } from 'oro:url';
}
declare module 'node:util' {
  export * from 'oro:util';
  export { default } from 'oro:util';
}
declare module 'node:util/types' {
  export * from 'oro:util/types';
  export { default } from 'oro:util/types';
}
