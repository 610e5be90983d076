// `object-is/polyfill`: every WebView has the real thing.

module.exports = () => Object.is;
