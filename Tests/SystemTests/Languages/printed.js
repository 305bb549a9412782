// What JavaScript prints for values that are no text: what it is, a tab, and the text.
const util = require("util");

const show = (kind, text) => console.log(kind + "\t" + text);
const numbers = [0, -0, 5, -5, 0.1, 1e-5, 1e-7, 1e15, 1e20, 1e21, 1e300, 5e-324, 2 ** 53, 2 ** 64];
for (const form of [String, util.inspect, JSON.stringify]) {
  for (const number of numbers) show("number", form(number));
  for (const number of [NaN, Infinity, -Infinity]) show("infinite", form(number));
  for (const boolean of [true, false]) show("boolean", form(boolean));
  show("null", form(null));
  show("null", form(undefined));
  const time = new Date(0);
  if (form !== JSON.stringify) show("other", form(time));
}
show("other", util.inspect(5n));
show("other", new Date(NaN));
show("other", {});
show("other", Symbol("x").toString());
