// The examination of a printed code, without a server: the six answers that `sanad-verify` gives, by the same steps
// (verifier/sanad_verifier/examine.py) and tested by the same vectors.

import { EvidenceError, base64, hex, must, rootFrom, utf8 } from "./evidence-bytes.js";
import { parseQr, rawEntry } from "./evidence-qr.js";
import { checkpointText, cosigned, signed, timeOf } from "./evidence-trust.js";

export { EvidenceError };
export { parseTrust } from "./evidence-trust.js";

const SKEW = 300n;
const TIME_AT_MOST = 2n ** 63n - 1n;
const UNANSWERED = ["intact", "authority", "state", "parents", "subject", "freshness"];
const IGNORED = /[\s\-\u2010-\u2015\u2212]/gu;
const LOOKALIKES = { I: "1", O: "0", Q: "0" };

/**
 * What the text of a code comes to at a time (seconds), in the form in which the service answers `POST /v1/verify`.
 * `subject` is a number read off the thing itself, or null. Rejects only for a subject that is no number, and where
 * this browser cannot check signatures.
 */
export async function examineCode(text, trust, now, subject = null) {
  must(subject === null || (subject.length <= 256 && subject.replace(IGNORED, "") !== ""), "SUBJECT_INVALID");
  const found = new Findings(subject !== null);
  const refused = (name) => (error) => {
    if (!(error instanceof EvidenceError)) throw error;
    found.say(name, "no", error.code);
    return null;
  };
  const code = attempt(() => parseQr(text), refused("intact")); // (1)
  if (code === null) return found.report();
  if (code.log === null) {
    found.say("authority", "not-checked", "QR_SHORT_FORM");
    return found.report();
  }
  const proof = attempt(() => proofIn(code, trust), refused("authority"));
  if (proof === null) return found.report();
  const facts = await statusIn(code, proof, trust).catch(refused("state")); // (6)
  const seen = await checkpoint(proof, trust).catch(refused("authority")); // (2) (3)
  if (seen === null) return found.report();
  found.facts = {
    digest: hex(code.digest),
    type: code.type,
    issuer: trust.formations.get(code.formation) ?? `formation ${code.formation}`,
    issuedAt: Number(code.time),
    entry: Number(code.log.index),
  };
  found.say("authority", "yes", "ENTRY_IN_LOG");
  const shown = code.printed?.fields ?? [];
  found.facts.fields = shown;
  if (shown.length > 0) found.say("intact", "yes", "FIELDS_PRINTED"); // (4a)
  else found.say("intact", "not-checked", "DOCUMENT_NOT_GIVEN"); // (4)
  state(found, code, facts, trust); // (5) (6)
  thing(found, code, shown, subject, trust); // (7)
  age(found, seen, facts, now, trust); // (8)
  return found.report();
}

function attempt(work, refused) {
  try {
    return work();
  } catch (error) {
    return refused(error);
  }
}

class Findings {
  constructor(asked) {
    this.asked = asked;
    this.answers = {};
    this.facts = {};
  }

  /** The first answer to a question stands. */
  say(name, answer, reason) {
    this.answers[name] ??= { answer, reason, sentence: reason };
  }

  report() {
    for (const name of UNANSWERED) this.say(name, "not-checked", `${name.toUpperCase()}_NOT_CHECKED`);
    const answers = Object.fromEntries(UNANSWERED.map((name) => [name, this.answers[name]]));
    const nothing = { state: "", digest: "", type: "", issuer: "", issuedAt: 0, entry: null, asOf: 0, replacedBy: "", fields: [] };
    return { verdict: this.#overall(answers), answers, ...nothing, ...this.facts, others: [] };
  }

  /** The decision table of docs/explanation/verdict.md. */
  #overall(answers) {
    const is = (answer, names) => names.some((name) => answers[name].answer === answer);
    if (is("no", UNANSWERED.filter((name) => name !== "freshness"))) return "refused";
    if (is("not-checked", ["intact", "authority", "state", "freshness"])) return "cannot-tell";
    if (this.asked && is("not-checked", ["subject"])) return "cannot-tell";
    return is("no", ["freshness"]) ? "stale" : "authentic";
  }
}

// -- what was signed ----------------------------------------------------------------------------------------------

const keyOf = (keys, signature) => keys.find((key) => key.id === hex(signature.id));

function proofIn(code, trust) {
  const { index, size, path, signatures, cosignatures } = code.log;
  const root = rootFrom(rawEntry(code), index, size, path);
  must(signatures.some((one) => keyOf(trust.logKeys, one)), "NOTE_UNTRUSTED");
  return { size, root, text: checkpointText(trust.origin, size, root), signatures, cosignatures };
}

/** The time of a checkpoint: the oldest of the newest cosignatures that make the quorum. */
async function checkpoint(proof, trust) {
  for (const one of proof.signatures) {
    const key = keyOf(trust.logKeys, one);
    if (key) must(await signed(key, utf8(proof.text), one.body), "NOTE_INVALID");
  }
  const times = [];
  for (const one of proof.cosignatures) {
    const key = keyOf(trust.cosigners, one);
    if (!key) continue;
    const time = timeOf(one.body);
    must(time <= TIME_AT_MOST && (await signed(key, cosigned(proof.text, time), one.body.subarray(8))), "NOTE_INVALID");
    times.push(time);
  }
  must(times.length >= trust.quorum, "QUORUM_MISSING");
  return times.sort((one, other) => (one < other ? 1 : -1))[trust.quorum - 1];
}

/** The signed standing, null if there is none. */
async function statusIn(code, proof, trust) {
  const { status } = code;
  if (status === null) return null;
  const key = keyOf(trust.statusKeys, status.signature);
  must(key, "NOTE_UNTRUSTED");
  const replacement = status.replacement === null ? "-" : hex(status.replacement);
  must((status.state === "active" || status.reason > 0n) && replacement !== hex(code.digest), "STATUS_INVALID");
  const lines = [
    "sanad.status/v1", trust.origin, hex(code.digest), code.formation, code.type, status.state, status.reason, replacement,
    proof.size, base64(proof.root), status.time,
  ];
  must(await signed(key, utf8(lines.map((line) => `${line}\n`).join("")), status.signature.body), "NOTE_INVALID");
  return status;
}

// -- what it comes to -----------------------------------------------------------------------------------------------

function state(found, code, facts, trust) {
  const since = trust.distrusted.get(hex(code.key));
  if (since !== undefined && code.time >= since) {
    found.facts.state = "suspect";
    found.say("state", "no", "KEY_COMPROMISED");
  } else if (facts !== null) {
    found.facts.state = facts.state;
    found.facts.replacedBy = facts.replacement === null ? "" : hex(facts.replacement);
    found.say("state", facts.state === "active" ? "yes" : "no", facts.state.toUpperCase());
  }
}

/** A number as two readings of it are compared (docs/explanation/verdict.md). */
export function normalise(kind, reading) {
  const kept = reading.replace(IGNORED, "").toUpperCase();
  return kind === "chassis" ? kept.replace(/[IOQ]/g, (char) => LOOKALIKES[char]) : kept;
}

function thing(found, code, shown, subject, trust) {
  const named = trust.subjects.get(code.type) ?? [];
  if (subject === null) {
    if (named.length > 0) found.say("subject", "not-checked", "SUBJECT_NOT_GIVEN");
    return;
  }
  const numbers = named.flatMap(({ kind, pointer }) => {
    const pattern = new RegExp(`^${pointer.split("/").map((part) => (part === "*" ? "[0-9]+" : escaped(part))).join("/")}$`);
    return shown
      .filter((one) => pattern.test(one.pointer) && typeof one.value === "string" && normalise(kind, one.value) !== "")
      .map((one) => [kind, normalise(kind, one.value)]);
  });
  if (numbers.length === 0) found.say("subject", "not-checked", "SUBJECT_NOT_NAMED");
  else if (numbers.some(([kind, number]) => number === normalise(kind, subject))) found.say("subject", "yes", "SUBJECT_MATCHES");
  else if (code.printed.whole) found.say("subject", "no", "SUBJECT_DIFFERS");
  else found.say("subject", "not-checked", "SUBJECT_NOT_SHOWN");
}

const escaped = (part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

function age(found, time, facts, now, trust) {
  if (time === 0n) {
    found.say("freshness", "not-checked", "NO_TIME");
    return;
  }
  const known = facts !== null && facts.time < time ? facts.time : time;
  found.facts.asOf = Number(known);
  const seconds = BigInt(now) - known;
  if (seconds < -SKEW) found.say("freshness", "not-checked", "CLOCK_BEHIND");
  else if (seconds <= BigInt(trust.freshFor)) found.say("freshness", "yes", "FRESH");
  else if (seconds <= BigInt(trust.usableFor)) found.say("freshness", "yes", "AGEING");
  else found.say("freshness", "no", "TOO_OLD");
}
