// Tells a scanner's typing from a person's by pace: the rule of drivers/wedge.Keys, in small. One table of keystrokes,
// drivers/wedge/testdata/keys.json, holds the two together. It is pure: time, in milliseconds, comes with every call.

const AT_LEAST = 8;      // the shortest scan: an EAN-8 goods barcode
const MEAN = 40;         // the longest time per character over a whole scan
const GAP = 80;          // how long a person's character is held back to see whether more follow
const STALL = 300;       // the same once the run can only be a scanner's
const WITHOUT_END = 16;  // the shortest scan of a scanner that sends no Enter
const PHRASE = 24;       // the longest that a person has an input method commit at once
const MAX_SCAN = 4096;   // bytes
const REPEAT = 1000;     // the same code within this time is one scan
const KEPT = 16;         // codes remembered for that

const han = /\p{Script=Han}/u;
const control = /[\u0000-\u001f\u007f-\u009f]/;

export class Keys {
  constructor() {
    this.run = [];
    this.first = 0;
    this.last = 0;
    this.scanned = -Infinity;
    this.seen = [];
  }

  // key takes one character; Enter is "\r" or "\n", Tab is "\t". Typed is a person's, in order; a scan of which the
  // text is null is damaged.
  key(c, now) {
    const deadline = this.deadline();
    const heard = deadline !== null && now > deadline ? this.silence(now) : { typed: "", scans: [] };
    if (c === "\r" || c === "\n" || c === "\t") return this.end(heard, c, now);
    if (this.run.length === 0) this.first = now;
    if (this.run.length <= MAX_SCAN) this.run.push(c);
    this.last = now;
    if (this.run.length >= AT_LEAST && this.run.every((r) => r === this.run[0])) heard.typed += this.release();
    return heard;
  }

  // deadline is when what is held back has to be let go if nothing follows; null when nothing is.
  deadline() {
    if (this.run.length === 0) return null;
    return this.last + (this.machine() ? STALL : GAP);
  }

  flush(now) {
    const deadline = this.deadline();
    return deadline === null || now < deadline ? { typed: "", scans: [] } : this.silence(now);
  }

  end(heard, c, now) {
    if (this.machine()) heard.scans.push(...this.scan(now));
    else if (this.run.length > 0 || now - this.scanned > GAP) heard.typed += this.release() + c;
    return heard;
  }

  silence(now) {
    if (this.machine() && (this.run.length >= WITHOUT_END || this.garbled())) return { typed: "", scans: this.scan(now) };
    return { typed: this.release(), scans: [] };
  }

  // machine tells whether only a scanner types like the run; ideographs are a person's phrase, unless they are mixed like a code.
  machine() {
    const n = this.run.length;
    return n >= AT_LEAST && this.last - this.first <= n * MEAN && (!this.run.some((c) => han.test(c)) || this.garbled());
  }

  // garbled tells whether the run is what an input method makes of a code.
  garbled() {
    const ideographs = this.run.filter((c) => han.test(c)).length;
    return ideographs > 0 && (this.run.filter((c) => /[0-9A-Za-z]/.test(ascii(c))).length >= 2 || ideographs > PHRASE);
  }

  release() {
    const typed = this.run.join("");
    this.run = [];
    return typed;
  }

  scan(now) {
    const garbled = this.garbled();
    const text = Array.from(this.release()).filter((c) => !control.test(c)).map(ascii).join("");
    this.scanned = now;
    if (garbled || new TextEncoder().encode(text).length > MAX_SCAN) return [null];
    const code = cutAIM(text);
    return code === "" || this.again(code, now) ? [] : [code];
  }

  again(code, now) {
    const fresh = this.seen.filter((s) => now - s.at >= 0 && now - s.at < REPEAT);
    const others = fresh.filter((s) => s.code !== code);
    this.seen = others.slice(-(KEPT - 1)).concat({ code, at: now });
    return others.length < fresh.length;
  }
}

// ascii undoes the full-width forms that a Chinese input method makes.
function ascii(c) {
  if (c === "\u3000") return " ";
  return c >= "\uff01" && c <= "\uff5e" ? String.fromCharCode(c.charCodeAt(0) - 0xff01 + 0x21) : c;
}

// cutAIM takes an AIM identifier such as "]Q1" off a code, and the ECI mark that some announce.
function cutAIM(text) {
  const found = /^\]([A-Za-z][A-Za-z0-9])(.+)$/s.exec(text);
  if (!found) return text;
  return /^Q[246]$/.test(found[1]) ? found[2].replace(/^\\\d{6}(?=.)/, "") : found[2];
}
