// What `bare-path` asks native code for. The working directory is set by `path/both.ts`: a package
// of the old kind that required a module would make all that it imports lazy.

module.exports = { cwd: () => '/' };
