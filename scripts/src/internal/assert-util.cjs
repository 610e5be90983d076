// The `util/` of the npm package `assert`: the npm package, with Node's own `inspect`.

const npm = require('util/util.js');
const { format, inspect } = require('node-inspect-extracted');

module.exports = { ...npm, format, inspect };
