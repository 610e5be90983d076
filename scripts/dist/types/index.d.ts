// Types of the modules of Oro.
/// <reference path="./application.d.ts" />
/// <reference path="./assert.d.ts" />
/// <reference path="./buffer.d.ts" />
/// <reference path="./console.d.ts" />
/// <reference path="./errors.d.ts" />
/// <reference path="./events.d.ts" />
/// <reference path="./fs.d.ts" />
/// <reference path="./fs/constants.d.ts" />
/// <reference path="./fs/copy.d.ts" />
/// <reference path="./fs/dir.d.ts" />
/// <reference path="./fs/entries.d.ts" />
/// <reference path="./fs/fds.d.ts" />
/// <reference path="./fs/files.d.ts" />
/// <reference path="./fs/flags.d.ts" />
/// <reference path="./fs/handle.d.ts" />
/// <reference path="./fs/operation.d.ts" />
/// <reference path="./fs/params.d.ts" />
/// <reference path="./fs/promises.d.ts" />
/// <reference path="./fs/stats.d.ts" />
/// <reference path="./fs/stream.d.ts" />
/// <reference path="./generated/routes.d.ts" />
/// <reference path="./hooks.d.ts" />
/// <reference path="./internal/cwd.d.ts" />
/// <reference path="./internal/file-url.d.ts" />
/// <reference path="./internal/inspect.d.ts" />
/// <reference path="./internal/runtime.d.ts" />
/// <reference path="./ipc.d.ts" />
/// <reference path="./ipc/message.d.ts" />
/// <reference path="./ipc/transport.d.ts" />
/// <reference path="./os.d.ts" />
/// <reference path="./os/constants.d.ts" />
/// <reference path="./packages/buffer.d.ts" />
/// <reference path="./path.d.ts" />
/// <reference path="./path/posix.d.ts" />
/// <reference path="./path/types.d.ts" />
/// <reference path="./path/win32.d.ts" />
/// <reference path="./process.d.ts" />
/// <reference path="./stream.d.ts" />
/// <reference path="./test.d.ts" />
/// <reference path="./test/context.d.ts" />
/// <reference path="./test/runner.d.ts" />
/// <reference path="./test/tap.d.ts" />
/// <reference path="./timers.d.ts" />
/// <reference path="./timers/promises.d.ts" />
/// <reference path="./timers/timer.d.ts" />
/// <reference path="./url.d.ts" />
/// <reference path="./util.d.ts" />
/// <reference path="./util/types.d.ts" />
/// <reference path="./window.d.ts" />
/// <reference path="./window/constants.d.ts" />

/** Whether this code runs in Oro. */
declare var isOroRuntime: true | undefined;
/** The public facts of this document and its application. */
declare var __args: import('oro:internal/internal/runtime').RuntimeArgs;
