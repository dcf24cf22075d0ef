// The answers' sounds, the same as the window's: the agent makes them (FINAL.wav; practice-FINAL.wav is softer, with three
// ticks behind it).

const named = ["FINAL", "PROVISIONAL", "REFUSED", "SCAN_AGAIN"];

let speaker = null;
let sounding = null;
const sounds = {}; // each a promise

// wake lets the browser make sounds: it takes a touch or a key first.
export function wake() {
  const Audio = window.AudioContext || window.webkitAudioContext;
  if (!speaker && Audio) {
    speaker = new Audio();
    for (const name of named) [name, "practice-" + name].forEach(load);
  }
  if (speaker && speaker.state === "suspended") speaker.resume();
}

// load fetches a sound; one that could not be had is asked for again when it is to be played.
function load(name) {
  const fetched = async () => speaker.decodeAudioData(await (await fetch("/page/" + name + ".wav")).arrayBuffer());
  sounds[name] = fetched().catch(() => { delete sounds[name]; return null; });
  return sounds[name];
}

export const asleep = () => !speaker || speaker.state !== "running";

// play lets an answer be heard at a volume of 0 to 100, which is an ear's scale, and cuts off the one before. An answer of a
// later version is heard like a refusal.
export async function play(answer, volume, practice) {
  if (!speaker || volume <= 0) return;
  const name = (practice ? "practice-" : "") + (named.includes(answer) ? answer : "REFUSED");
  const buffer = await (sounds[name] || load(name));
  if (!buffer) return;
  if (sounding) sounding.stop();
  const [source, level] = [speaker.createBufferSource(), speaker.createGain()];
  source.buffer = buffer;
  level.gain.value = (volume / 100) ** 2;
  source.connect(level).connect(speaker.destination);
  source.start();
  sounding = source;
}

// speak says a sentence by a voice of this PC's own; what goes to a server on the internet is left alone.
export function speak(text, lang, volume) {
  if (!window.speechSynthesis || volume <= 0) return;
  const voice = speechSynthesis.getVoices().find((v) => v.localService && v.lang.toLowerCase().startsWith(lang));
  if (!voice) return;
  const words = new SpeechSynthesisUtterance(text);
  Object.assign(words, { voice, lang: voice.lang, volume: volume / 100 });
  speechSynthesis.cancel();
  speechSynthesis.speak(words);
}
