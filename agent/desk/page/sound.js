// A sound for each of the four answers, made by WebAudio: [Hz, from ms, length ms, shape] each. They differ in rhythm and
// direction, not in pitch alone: FINAL goes up, PROVISIONAL knocks twice and stays, REFUSED is low and long, SCAN_AGAIN
// chirps three times. Voiding has its own, going down.

export const patterns = {
  FINAL: [[660, 0, 130, "sine"], [880, 130, 130, "sine"], [1320, 260, 260, "sine"]],
  PROVISIONAL: [[523, 0, 160, "triangle"], [523, 260, 160, "triangle"], [494, 520, 420, "triangle"]],
  REFUSED: [[175, 0, 380, "sawtooth"], [147, 420, 560, "sawtooth"]],
  SCAN_AGAIN: [[1760, 0, 60, "square"], [1760, 120, 60, "square"], [1760, 240, 60, "square"]],
  VOIDED: [[784, 0, 150, "sine"], [523, 160, 300, "sine"]],
};

let speaker = null;

// wake lets the browser make sounds: it takes a touch or a key first.
export function wake() {
  const Audio = window.AudioContext || window.webkitAudioContext;
  if (!speaker && Audio) speaker = new Audio();
  if (speaker && speaker.state === "suspended") speaker.resume();
}

export const asleep = () => !speaker || speaker.state !== "running";

// play sounds a pattern at a volume of 0 to 100.
export function play(name, volume) {
  if (!speaker || !patterns[name] || volume <= 0) return;
  for (const [hertz, from, length, shape] of patterns[name]) tone(hertz, from / 1000, length / 1000, shape, volume / 100);
}

function tone(hertz, from, length, shape, volume) {
  const [source, level] = [speaker.createOscillator(), speaker.createGain()];
  const begin = speaker.currentTime + 0.02 + from;
  const loud = volume * (shape === "sine" || shape === "triangle" ? 0.6 : 0.25);
  source.type = shape;
  source.frequency.value = hertz;
  level.gain.setValueAtTime(0, begin);
  level.gain.linearRampToValueAtTime(loud, begin + 0.01);
  level.gain.setValueAtTime(loud, begin + length - 0.02);
  level.gain.linearRampToValueAtTime(0, begin + length);
  source.connect(level).connect(speaker.destination);
  source.start(begin);
  source.stop(begin + length);
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
