// The desk's door: what the page asks and hears. A Refusal bears the desk's own sentence in both languages.

import { say } from "./words.js";

const ASK_WAIT = 35000; // ms: a scan may have to wait behind one that waits for the hub
const FIRST_WAIT = 100, LAST_WAIT = 2000; // ms between two tries to hear the desk

export class Refusal extends Error {
  constructor(status, text) {
    super(text.en);
    this.status = status;
    this.text = text;
  }
}

export class Door {
  constructor(token) { this.token = token; }

  // ask gives the answer's JSON, throws a Refusal when the desk refused, and any other error when nothing answered.
  async ask(method, path, body) {
    const answer = await this.fetch(method, path, body);
    const said = await answer.json();
    if (!answer.ok) throw new Refusal(answer.status, said.error || say.gone.text);
    return said;
  }

  // text is ask for what is no JSON.
  async text(path) {
    const answer = await this.fetch("GET", path);
    if (!answer.ok) throw new Refusal(answer.status, (await answer.json()).error || say.gone.text);
    return answer.text();
  }

  // fetch sends a picture as it is, and anything else as JSON.
  async fetch(method, path, body) {
    const raw = body instanceof Blob;
    const patience = new AbortController();
    const late = setTimeout(() => patience.abort(), ASK_WAIT);
    try {
      return await fetch(path, {
        method, signal: patience.signal, cache: "no-store", credentials: "omit",
        keepalive: method !== "GET" && !raw, // a scan goes on its way even if the page is closed under it; a picture is too large for that
        headers: { Authorization: "Bearer " + this.token, "Content-Type": raw ? body.type || "application/octet-stream" : "application/json" },
        body: body === undefined || raw ? body : JSON.stringify(body),
      });
    } finally {
      clearTimeout(late);
    }
  }

  // follow hands on every event, and {type: "gone"} when the desk cannot be heard: once, and again if the reason
  // changes. It connects again by itself until on.event returns false.
  async follow(event) {
    let told = "";
    let since = Date.now();
    for (let failures = 0; ; failures++) {
      if (await this.hear(event)) {
        [failures, told, since] = [0, "", Date.now()]; // a line that broke: try again before alarming anybody
      } else {
        const gone = await this.why(since);
        if (gone && gone.text.en !== told && event(gone) === false) return;
        told = gone ? gone.text.en : told;
      }
      await new Promise((done) => setTimeout(done, Math.random() * Math.min(LAST_WAIT, FIRST_WAIT * 2 ** Math.min(failures, 10))));
    }
  }

  // hear reads one connection until it ends, and tells whether at least one event came.
  hear(event) {
    return new Promise((done) => {
      let heard = false;
      const line = new WebSocket("ws://" + location.host + "/v1/events?token=" + encodeURIComponent(this.token) + "&heard=1");
      line.onmessage = (m) => {
        heard = true;
        event(JSON.parse(m.data));
      };
      line.onclose = () => done(heard);
    });
  }

  // why asks what a websocket does not tell: was it refused, or is nobody there? null: the desk is there after all.
  async why(since) {
    try {
      await this.ask("GET", "/v1/status");
      return null;
    } catch (e) {
      const refused = e instanceof Refusal;
      return { type: "gone", since, status: refused ? e.status : 0, text: refused ? e.text : say.gone.text, next: refused ? say.gone.refused : say.gone.next };
    }
  }
}

// Line is the errands that wait: bills, scans and pictures, in order, so that a scan never overtakes the amount it belongs to. A
// bill replaces a bill that has not been sent yet.
export class Line {
  constructor(door, untaken) {
    Object.assign(this, { door, untaken, waiting: [], busy: false });
  }

  add(errand) {
    const last = this.waiting[this.waiting.length - 1];
    if (last && last.what === "bill" && errand.what === "bill") this.waiting.pop();
    this.waiting.push(errand);
    this.run();
  }

  async run() {
    if (this.busy) return;
    this.busy = true;
    for (let e = this.waiting.shift(); e; e = this.waiting.shift()) {
      try {
        await this.door.ask(e.method, e.path, e.body);
      } catch (error) {
        this.untaken(e.what, error);
      }
    }
    this.busy = false;
  }
}
