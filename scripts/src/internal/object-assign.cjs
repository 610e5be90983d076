// `object.assign/polyfill`: every WebView has the real thing.

module.exports = () => Object.assign;
