// Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint, tlog-cosignature), read strictly: one byte string for
// each meaning. docs/spec/checkpoint.md.

import { hex, must, text, unbase64, utf8 } from "./evidence-bytes.js";
import { cosigned, signed, timeOf } from "./evidence-trust.js";

const WRONG = "NOTE_INVALID";
const SIZE_AT_MOST = 2 ** 20;
const SIGNATURES_AT_MOST = 64;
const TIME_AT_MOST = 2n ** 63n - 1n;
const INDEX = /^(?:0|[1-9][0-9]{0,18})$/;
const HASH = /^[0-9a-f]{64}$/;
const STATES = ["active", "suspended", "superseded", "revoked", "consumed", "surrendered"];
const DASH = "\u2014 ";
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/u;
const NAME = /^[^\s+\u0000-\u001f\u007f]{1,255}$/u;

/** The text of a note (ending a line) and the signature lines under it: [{name, id, body}]. */
export function parseNote(bytes) {
  must(bytes.length <= SIZE_AT_MOST, WRONG);
  const whole = text(bytes, WRONG);
  const at = whole.lastIndexOf("\n\n");
  must(at > 0 && !CONTROL.test(whole) && whole.endsWith("\n"), WRONG);
  const lines = whole.slice(at + 2).split("\n").slice(0, -1);
  must(lines.length > 0 && lines.length <= SIGNATURES_AT_MOST, WRONG);
  const signatures = lines.map(signature);
  must(new Set(signatures.map((one) => `${one.name} ${hex(one.id)}`)).size === lines.length, WRONG);
  return { text: whole.slice(0, at + 1), signatures };
}

function signature(line) {
  must(line.startsWith(DASH), WRONG);
  const [name, body, ...rest] = line.slice(DASH.length).split(" ");
  must(NAME.test(name) && body !== undefined && rest.length === 0, WRONG);
  const raw = unbase64(body);
  must(raw !== null && raw.length > 4, WRONG);
  return { name, id: raw.subarray(0, 4), body: raw.subarray(4) };
}

/** The lines of a note by some keys: [{key, body}]. */
export function linesBy(note, keys) {
  return note.signatures.flatMap((one) => {
    const key = keys.find((known) => known.name === one.name && known.id === hex(one.id));
    return key ? [{ key, body: one.body }] : [];
  });
}

/** Refuses a note that none of the keys has signed, or that one of them has signed wrongly. */
export async function mustBeSigned(note, keys) {
  const lines = linesBy(note, keys);
  for (const { key, body } of lines) must(await signed(key, utf8(note.text), body), WRONG);
  must(lines.length > 0, "NOTE_UNTRUSTED");
}

/**
 * The time (seconds, BigInt) of a checkpoint's text, after checking its lines: the log's, and those of the members,
 * [{key, body}]. It is the oldest of the newest cosignatures that make the quorum. Of a member that the trust root gives a
 * window, only what was signed within it counts.
 */
export async function verifyCosignatures(checkpoint, ofLog, ofMembers, { quorum, windows }) {
  for (const { key, body } of ofLog) must(await signed(key, utf8(checkpoint), body), WRONG);
  const times = [];
  for (const { key, body } of ofMembers) {
    must(body.length === 72, WRONG);
    const time = timeOf(body);
    must(time <= TIME_AT_MOST && (await signed(key, cosigned(checkpoint, time), body.subarray(8))), WRONG);
    const window = windows?.get(hex(key.public));
    if (!window || (window.from <= time && (window.to === 0n || time < window.to))) times.push(time);
  }
  must(times.length >= quorum, "QUORUM_MISSING");
  return times.sort((one, other) => (one < other ? 1 : -1))[quorum - 1];
}

/** Size, root and time of a cosigned checkpoint of the trusted log. */
export async function verifyCheckpoint(bytes, trust) {
  const note = parseNote(bytes);
  const [origin, size, root, end, ...rest] = note.text.split("\n");
  const raw = root === undefined ? null : unbase64(root);
  must(end === "" && rest.length === 0 && INDEX.test(size), "CHECKPOINT_INVALID");
  must(raw !== null && raw.length === 32 && origin === trust.origin, "CHECKPOINT_INVALID");
  const lines = linesBy(note, trust.logKeys);
  must(lines.length > 0, "NOTE_UNTRUSTED");
  const time = await verifyCosignatures(note.text, lines, linesBy(note, trust.cosigners), trust);
  return { size: BigInt(size), root: raw, time };
}

/** What a status statement says, once it was checked (docs/spec/bundle.md). */
export async function verifyStatement(bytes, trust) {
  const wrong = "STATUS_INVALID";
  const note = parseNote(bytes);
  const lines = note.text.split("\n");
  const [header, origin, digest, issuer, type, state, reason, replacement, size, root, time] = lines;
  must(lines.length === 12 && header === "sanad.status/v1" && lines[11] === "", wrong);
  must(unbase64(root)?.length === 32 && [issuer, reason, size, time].every((one) => INDEX.test(one)), wrong);
  must(BigInt(issuer) >= 1n && BigInt(issuer) < 2n ** 32n && BigInt(reason) < 65536n, wrong);
  must(HASH.test(digest) && /^[A-Z][A-Z0-9_]{0,30}$/.test(type) && STATES.includes(state), wrong);
  must(["active", "consumed", "surrendered"].includes(state) || reason !== "0", wrong);
  must(state === "superseded" ? replacement !== digest && HASH.test(replacement) : replacement === "-", wrong);
  must(origin === trust.origin && note.signatures.length === 1, wrong);
  await mustBeSigned(note, trust.statusKeys);
  const replaced = replacement === "-" ? "" : replacement;
  return { digest, issuer: BigInt(issuer), type, state, replacement: replaced, size, root, time: BigInt(time) };
}
