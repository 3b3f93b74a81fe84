// The examination of a printed code, without a server: the six answers that `sanad-verify` gives, by the same steps
// (verifier/sanad_verifier/examine.py) and tested by the same vectors.

import { Findings, issuerOf, mustBeReading, saySubject, saySubjectOpen, subjectsShown } from "./evidence-answers.js";
import { EvidenceError, base64, hex, must, rootFrom, utf8 } from "./evidence-bytes.js";
import { verifyCosignatures } from "./evidence-notes.js";
import { examineShortCode } from "./evidence-pack.js";
import { parseQr, rawEntry } from "./evidence-qr.js";
import { attempt, newest, sayFreshness, sayStanding } from "./evidence-standing.js";
import { checkpointText, signed } from "./evidence-trust.js";

export { EvidenceError };
export { examineBundle, valueOf } from "./evidence-bundle.js";
export { examineFile, examineText } from "./evidence-pack.js";
export { isPack, openPack } from "./pack.js";
export { LIST_TYPE, openLists } from "./status-list.js";
export { isRoot, openRoot } from "./evidence-root.js";
export { parseTrust } from "./evidence-trust.js";

/**
 * What the text of a code comes to at a time (seconds), in the form in which the service answers `POST /v1/verify`.
 * `subject` is a number read off the thing itself, or null; `pack` one that was checked, or null; `lists` status lists that were. Rejects only for a
 * subject that is no number, and where this browser cannot check signatures.
 */
export async function examineCode(text, trust, now, subject = null, pack = null, lists = []) {
  if (subject !== null) mustBeReading(subject);
  const found = new Findings(subject !== null);
  const attempted = (name, work) => attempt(found, name, work, EvidenceError);
  const code = await attempted("intact", () => parseQr(text)); // (1)
  if (code === null) return found.report();
  if (code.log === null && pack !== null) return examineShortCode(code, pack, trust, now, subject);
  if (code.log === null) {
    found.say("authority", "not-checked", "QR_SHORT_FORM");
    return found.report();
  }
  const proof = await attempted("authority", () => proofIn(code, trust));
  if (proof === null) return found.report();
  const facts = await attempted("state", () => statusIn(code, proof, trust)); // (6)
  const seen = await attempted("authority", () => checkpoint(proof, trust)); // (2) (3)
  if (seen === null) return found.report();
  found.facts = {
    digest: hex(code.digest),
    type: code.type,
    issuer: issuerOf(trust, code.formation),
    issuedAt: Number(code.time),
    entry: Number(code.log.index),
  };
  found.say("authority", "yes", "ENTRY_IN_LOG");
  const shown = code.printed?.fields ?? [];
  found.facts.fields = shown;
  if (shown.length > 0) found.say("intact", "yes", "FIELDS_PRINTED"); // (4a)
  else found.say("intact", "not-checked", "DOCUMENT_NOT_GIVEN"); // (4)
  const about = { ...code, index: code.log.index, batch: code.batch !== null };
  const known = newest(about, facts, code.log.size, pack, lists);
  sayStanding(found, code, known, trust); // (5) (6)
  thing(found, code, shown, subject, trust); // (7)
  sayFreshness(found, { time: seen, facts: known, now, type: code.type, pack, lists }, trust); // (8)
  return found.report();
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
  const by = (keys) => (one) => ({ key: keyOf(keys, one), body: one.body });
  const lines = [proof.signatures.map(by(trust.logKeys)), proof.cosignatures.map(by(trust.cosigners))];
  return verifyCosignatures(proof.text, ...lines.map((group) => group.filter((one) => one.key)), trust);
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
  return { state: status.state, replacement: replacement === "-" ? "" : replacement, time: status.time };
}

// -- what it comes to -----------------------------------------------------------------------------------------------

function thing(found, code, shown, subject, trust) {
  const places = trust.subjects.get(code.type) ?? [];
  if (subject === null) saySubjectOpen(found, places);
  else saySubject(found, subjectsShown(shown, places), subject, code.printed?.whole ?? false);
}
