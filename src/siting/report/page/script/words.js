// What there is to show, and how numbers and states are written.

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const page = read("page-data");
const texts = page.texts;
const DASH = "–";

const once = (make) => {
  let made;
  return () => made ??= make();
};
const mapData = once(() => read("map-data"));
const fill = (text, fields) => text.replace(/\{(\w+)\}/g, (_, key) => fields[key]);

/** An element with a class, if any, and text or elements in it. */
function make(name, className, ...parts) {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...parts);
  return element;
}

const digits = (least, most) => new Intl.NumberFormat("en", {
  minimumFractionDigits: least, maximumFractionDigits: most,
});
const whole = digits(0, 0), tenths = digits(1, 1), hundredths = digits(2, 2);
const count = (value) => value == null ? DASH : whole.format(value);
// Beyond two hours nobody walks, and straight lines over mountains tell nothing.
const walk = (value) => value == null ? DASH : value > 120 ? ">120" : tenths.format(value);

/** Amounts with as many decimals as the most exact of them needs, at most two. */
function moneyFormat(amounts) {
  const shown = amounts.map((amount) => Math.round(100 * amount / page.scale));
  const format = shown.every((cents) => cents % 100 === 0) ? whole
    : shown.every((cents) => cents % 10 === 0) ? tenths : hundredths;
  return (amount) => amount ? format.format(amount / page.scale) : DASH;
}

function amount(value) {
  return fill(texts.money_unit, { amount: moneyFormat([value])(value), unit: page.unit });
}

const stateOf = (table, key) => make("span", `state state-${key}`, page.states[table][key]);
