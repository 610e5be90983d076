/** Both kinds of paths, each reachable from the other. */

import bareposix from 'bare-path/posix';
import barewin32 from 'bare-path/win32';
import type { PathModule } from './types.js';

export const posix = { ...(bareposix as PathModule) } as { -readonly [K in keyof PathModule]: PathModule[K] };
export const win32 = { ...(barewin32 as PathModule) } as { -readonly [K in keyof PathModule]: PathModule[K] };

for (const module of [posix, win32]) {
  module.posix = posix;
  module.win32 = win32;
}
