// `call-bind/callBound`: a method by its path, as a function that takes `this` first.

module.exports = function callBound(name) {
  let value = globalThis;
  for (const part of name.replace(/^%|%$/g, '').split('.')) value = value[part];
  if (typeof value !== 'function' || !name.includes('.prototype.')) return value;
  return (self, ...args) => value.apply(self, args);
};
