// The answers of an examination while they are gathered, and those that do not depend on how a document was proved:
// its standing, the thing it is about, the age of what is known (verifier/sanad_verifier/answers.py).

import { hex, must } from "./evidence-bytes.js";

const SKEW = 300n;
const UNANSWERED = ["intact", "authority", "state", "parents", "subject", "freshness"];
const IGNORED = /[\s\-\u2010-\u2015\u2212]/gu;
const LOOKALIKES = { I: "1", O: "0", Q: "0" };
const STATES = { active: "yes", legacy: "not-checked" };
const LEGACY_TYPES = ["CREDENTIAL_EXTRACT", "DECLARATION_EXTRACT"];

/** Answers; the first to a question stands. `asked`: somebody read a number off the thing. */
export class Findings {
  constructor(asked) {
    this.asked = asked;
    this.answers = {};
    this.facts = {};
    this.notFound = false;
  }

  say(name, answer, reason) {
    this.answers[name] ??= { answer, reason, sentence: reason };
  }

  /** The report, in the form in which the service answers `POST /v1/verify`. */
  report() {
    for (const name of UNANSWERED) this.say(name, "not-checked", `${name.toUpperCase()}_NOT_CHECKED`);
    const answers = Object.fromEntries(UNANSWERED.map((name) => [name, this.answers[name]]));
    const nothing = {
      state: "", digest: "", type: "", issuer: "", issuedAt: 0, entry: null, asOf: 0, replacedBy: "", differs: [], fields: [], shortCode: "", seen: 0,
    };
    return { verdict: this.#overall(answers), answers, ...nothing, ...this.facts, others: [] };
  }

  /** The decision table of docs/explanation/verdict.md. */
  #overall(answers) {
    const is = (answer, names) => names.some((name) => answers[name].answer === answer);
    if (this.notFound) return "unknown";
    if (is("no", UNANSWERED.filter((name) => name !== "freshness"))) return "refused";
    if (is("not-checked", ["intact", "authority", "state", "freshness"])) return "cannot-tell";
    if (this.asked && is("not-checked", ["subject"])) return "cannot-tell";
    return is("no", ["freshness"]) ? "stale" : "authentic";
  }
}

/** Refuses a reading with nothing in it, or too much. */
export function mustBeReading(reading) {
  must(reading.length <= 256 && reading.replace(IGNORED, "") !== "", "SUBJECT_INVALID");
}

/** What the ledger says of its standing. */
export function sayState(found, told, replacement = "") {
  const state = told === "active" && LEGACY_TYPES.includes(found.facts.type) ? "legacy" : told;
  found.facts.state = state;
  found.facts.replacedBy = replacement;
  found.say("state", STATES[state] ?? "no", state.toUpperCase());
}

/** The key that issued it is not believed for that time. */
export function saySuspect(found) {
  found.facts.state = "suspect";
  found.say("state", "no", "KEY_COMPROMISED");
}

/** A number as two readings of it are compared (docs/explanation/verdict.md). */
export function normalise(kind, reading) {
  const kept = reading.replace(IGNORED, "").toUpperCase();
  return kind === "chassis" ? kept.replace(/[IOQ]/g, (char) => LOOKALIKES[char]) : kept;
}

/** Whether a reading is one of the numbers named, [kind, number as compared], which are all if `allNamed`. */
export function saySubject(found, named, reading, allNamed) {
  if (named.length === 0) found.say("subject", "not-checked", "SUBJECT_NOT_NAMED");
  else if (named.some(([kind, number]) => number === normalise(kind, reading))) found.say("subject", "yes", "SUBJECT_MATCHES");
  else if (allNamed) found.say("subject", "no", "SUBJECT_DIFFERS");
  else found.say("subject", "not-checked", "SUBJECT_NOT_SHOWN");
}

/** Nobody read a number: it is still to be compared, if documents of the type name any. */
export function saySubjectOpen(found, places) {
  if (places.length > 0) found.say("subject", "not-checked", "SUBJECT_NOT_GIVEN");
}

/** The numbers among fields that were shown, at these places. */
export function subjectsShown(shown, places) {
  return places.flatMap(({ kind, pointer }) => {
    const pattern = new RegExp(`^${pointer.split("/").map((part) => (part === "*" ? "[0-9]+" : escaped(part))).join("/")}$`);
    return compared(kind, shown.filter((one) => pattern.test(one.pointer)).map((one) => one.value));
  });
}

/** The numbers that a document (its JSON value, or null) names at these places. */
export function subjectsNamed(document, places) {
  return places.flatMap(({ kind, pointer }) => compared(kind, [...at(document, pointer.split("/").slice(1))]));
}

function* at(value, segments) {
  const [first, ...rest] = segments;
  if (first === undefined) {
    yield value;
  } else if (first === "*" && Array.isArray(value)) {
    for (const element of value) yield* at(element, rest);
  } else if (value !== null && typeof value === "object" && !Array.isArray(value)) {
    const name = first.replaceAll("~1", "/").replaceAll("~0", "~");
    if (Object.hasOwn(value, name)) yield* at(value[name], rest);
  }
}

function compared(kind, values) {
  const numbers = values.filter((value) => typeof value === "string").map((value) => normalise(kind, value));
  return numbers.filter((number) => number !== "").map((number) => [kind, number]);
}

const escaped = (part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/**
 * How old it is what is known as of `known`, at the time `now`; both in seconds, as BigInt. `seen` is when the newest checkpoint
 * at hand was cosigned: the clock is not believed to be before that, nor before the newest that this reader has met.
 */
export function sayAge(found, known, seen, now, trust, limits) {
  const met = latest(seen, trust.seen ?? 0n);
  found.facts.asOf = Number(known);
  found.facts.seen = Number(met);
  const clock = latest(now, met);
  const age = clock - known;
  if (trust.validUntil && clock >= trust.validUntil) found.say("freshness", "no", "ROOT_EXPIRED");
  else if (age > limits.usable) found.say("freshness", "no", "TOO_OLD");
  else if (now < latest(met, known) - SKEW) found.say("freshness", "not-checked", "CLOCK_BEHIND");
  else found.say("freshness", "yes", age <= limits.fresh ? "FRESH" : "AGEING");
}

const latest = (one, other) => (one > other ? one : other);

/** The name of a formation. */
export const issuerOf = (trust, number) => trust.formations.get(number) ?? `formation ${number}`;

/** From when on a key is distrusted (seconds), or undefined. */
export const distrustedSince = (trust, key) => trust.distrusted.get(hex(key));
