/** What `bare-path` asks native code for. */

import { cwd } from './cwd.js';

export { cwd };
export default { cwd };
