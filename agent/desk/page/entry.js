// The amount under the cashier's fingers. What was typed stands there as it was typed, also when it is no amount: then
// the desk holds no amount, and a sentence says what is wrong.

const LONGEST = 14; // characters; an amount has at most 10

export const MAX_FEN = 100000000; // as voucher.MaxBill; a test compares

export const empty = { text: "", own: false, closed: false, agreed: false };

// narrow gives the plain form of a character that a Chinese input method types, as voucher.Narrow does.
export function narrow(c) {
  if (c >= "\uff01" && c <= "\uff5e") return String.fromCharCode(c.charCodeAt(0) - 0xff01 + 0x21);
  return { "\u3000": " ", "\uffe5": "\u00a5", "\u3002": "." }[c] || c;
}

// read gives {fen} or {wrong}: "" is no amount yet, and nothing is wrong with that.
export function read(text) {
  if (text === "") return { fen: 0 };
  if (!/^\d+(\.\d{0,2})?$/.test(text)) return { fen: 0, wrong: "not" };
  const [whole, part = ""] = text.split(".");
  const digits = whole.replace(/^0+(?=.)/, "");
  if (digits.length > 7) return { fen: 0, wrong: "much" };
  const fen = Number(digits) * 100 + Number((part + "00").slice(0, 2));
  return fen > MAX_FEN ? { fen: 0, wrong: "much" } : { fen };
}

// press gives the entry after one more key: a character, "back" or "clear".
export function press(e, key) {
  const text = e.own && !e.closed ? e.text : "";
  if (key === "clear") return { ...empty, own: true };
  if (key === "back") return { ...empty, own: true, text: Array.from(text).slice(0, -1).join("") };
  return { ...empty, own: true, text: tidy(Array.from(text + key).slice(0, LONGEST).join("")) };
}

// paste puts a whole text in place of what is there, as press would have it.
export function paste(text) {
  const narrowed = Array.from(text.trim()).map(narrow).join("").replace(/^[¥￥]\s*/, "");
  return { ...empty, own: true, text: tidy(Array.from(narrowed).slice(0, LONGEST).join("")) };
}

function tidy(text) {
  if (text.startsWith(".")) text = "0" + text;
  return text.replace(/^0+(?=\d)/, "");
}

// seen tells the entry what the desk holds. An amount that differs from ours replaces it only once the desk has shown
// ours: before that it is the echo of an earlier key. What the POS or the display set always does, when it is new.
export function seen(e, before, now, back) {
  if (!e.own) return e;
  if (now.bill_fen === read(e.text).fen) return { ...e, agreed: true };
  const news = now.bill_fen !== 0 && now.source !== "typed" && (now.bill_fen !== before.bill_fen || now.source !== before.source);
  return back || e.agreed || news ? empty : e;
}
