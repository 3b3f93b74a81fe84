// What does a verdict come to, for a person? Pure functions over the answer of POST /v1/verify; the server's pages
// say the same through sanad_api.pages.view, and a test compares the two.

import { count, word, wordOf } from "./words.js";

export const TONES = { authentic: "good", refused: "bad", unknown: "open", stale: "old", "cannot-tell": "open" };
export const ANSWER_TONES = { yes: "good", no: "bad", "not-checked": "open" };
export const STATE_TONES = {
  active: "good", suspended: "bad", superseded: "old", consumed: "old", surrendered: "old", revoked: "bad", suspect: "bad",
  legacy: "open",
};
export const QUESTIONS = ["intact", "authority", "state", "parents", "subject", "freshness"];
const REFUSING = ["intact", "authority", "state", "subject", "parents"];
const UNITS = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60]];
const SKEW = 60;

/** The colour of a verdict: green for a paper about a thing only once the thing was compared. */
export function bannerTone(told) {
  return headline(told) === "authentic-uncompared" ? "old" : TONES[told.verdict];
}

/** Which sentence sums a verdict up. */
export function headline(told) {
  if (told.verdict === "authentic") {
    if (told.answers.subject.reason === "SUBJECT_NOT_GIVEN") return "authentic-uncompared";
    return told.answers.subject.answer === "yes" ? "authentic-thing" : "authentic";
  }
  if (told.verdict !== "refused") return told.verdict;
  const first = REFUSING.find((name) => told.answers[name].answer === "no");
  return `refused-${first === "state" && told.state ? told.state : first}`;
}

/** How long ago, in the largest unit that fits at least once. */
export function age(seconds) {
  if (seconds < -SKEW) return word("age.ahead");
  for (const [unit, size] of UNITS) if (seconds >= size) return count(`age.${unit}`, Math.floor(seconds / size));
  return word("age.now");
}

/** Why an answer is as it is, in the page's language; the server's own sentence where there are no words. */
export function sentence(name, answer, told, now) {
  const said = wordOf("reason", answer.reason, answer.sentence, {
    issuer: told.issuer || "?",
    entry: told.entry ?? 0,
    age: age(now - told.asOf),
  });
  const why = name === "state" && answer.answer === "no" ? because(answer.sentence) : "";
  return why ? `${said} ${word("reason.because", { why })}` : said;
}

/** The reason of an act at the end of a sentence about a document's state. */
function because(text) {
  const why = text.split(": ").slice(1).join(": ");
  return why ? wordOf("why", slug(why), why) : "";
}

/** The code of a reason, from its words. */
export function slug(text) {
  return text.replace("the holder's", "holders").toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
}

/** A time in Greenwich, and in Karachi, as the server's pages write it. */
export function utc(seconds) {
  return `${minute(seconds)} UTC`;
}

export function pkt(seconds) {
  return `${minute(seconds + 5 * 3600)} PKT`;
}

function minute(seconds) {
  return new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ");
}

