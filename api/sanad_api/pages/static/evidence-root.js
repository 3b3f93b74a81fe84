// The trust root (docs/spec/root.md): the trust file signed by k of n holders, and replaced only by one that enough of the
// old holders and enough of the new ones have signed. Tested by the same vectors as verifier/sanad_verifier/roots.py.

import { EvidenceError, equal, hex, must, utf8 } from "./evidence-bytes.js";
import { linesBy, parseNote } from "./evidence-notes.js";
import { ED25519, parseTrust, signed, verifierKey } from "./evidence-trust.js";
import { canonicalBytes } from "./json-profile.js";

const WRONG = "ROOT_INVALID";
const SCHEMA = "urn:sanad:root:1";
const KEYS_AT_MOST = 64;
const MEMBERS = ["contracts", "issued", "keys", "schema", "threshold", "trust", "validUntil", "version", "windows"];

/** Whether a file is a trust root: a note whose text is the JSON of one. Says nothing about the rest. */
export function isRoot(bytes) {
  const head = new TextDecoder().decode(bytes.subarray(0, 1 << 20));
  return head.startsWith("{") && head.includes(`"schema":"${SCHEMA}"`) && head.includes("\n\n");
}

/**
 * The root in a note that enough of its own holders have signed, {version, origin, trust, text, ...}; with `before`, one that
 * follows on that. Rejects with an `EvidenceError`, and where this browser cannot check signatures.
 */
export async function openRoot(bytes, before = null) {
  const note = parseNote(bytes);
  const root = parseRoot(note.text);
  await mustHaveSigned(note, root);
  if (before !== null) {
    must(root.origin === before.origin && root.version === before.version + 1, "ROOT_UNFIT");
    await mustHaveSigned(note, before);
  }
  return root;
}

async function mustHaveSigned(note, { keys, threshold }) {
  const lines = linesBy(note, keys);
  for (const { key, body } of lines) must(await signed(key, utf8(note.text), body), "NOTE_INVALID");
  must(lines.length >= threshold, WRONG);
}

function parseRoot(text) {
  must(text.endsWith("\n"), WRONG);
  try {
    const json = utf8(text.slice(0, -1));
    must(equal(canonicalBytes(json), json), WRONG);
    return read(JSON.parse(text), text);
  } catch (error) {
    if (error instanceof EvidenceError) throw error;
    throw new EvidenceError(WRONG); // not JSON, a member that is not there, a key that is none
  }
}

function read(told, text) {
  const trust = parseTrust(JSON.stringify(told.trust));
  const keys = told.keys.map((key) => verifierKey(key, ED25519));
  const others = [...trust.logKeys, ...trust.statusKeys, ...trust.cosigners].map((key) => hex(key.public));
  const publics = keys.map((key) => hex(key.public));
  const prefix = `${trust.origin}/root/`;
  must(sameMembers(told, MEMBERS) && told.schema === SCHEMA, WRONG);
  must(count(told.version, 1) && count(told.issued, 0) && count(told.threshold, 1), WRONG);
  must(count(told.validUntil, 1) && told.validUntil > told.issued, WRONG);
  must(told.threshold <= keys.length && keys.length <= KEYS_AT_MOST, WRONG);
  must(new Set([...publics, ...others]).size === publics.length + others.length, WRONG);
  must(keys.every((key) => key.name.startsWith(prefix)), WRONG);
  must(inOrder(told.keys.map((key) => key.split("+")[0]), false), WRONG);
  mustBeContracts(told.contracts);
  return {
    version: told.version,
    issued: told.issued,
    validUntil: told.validUntil,
    threshold: told.threshold,
    keys,
    origin: trust.origin,
    trust: { ...trust, windows: windowsOf(told, trust), validUntil: BigInt(told.validUntil) },
    text,
  };
}

function mustBeContracts(contracts) {
  for (const one of contracts) {
    must(sameMembers(one, ["address", "codeHash", "role"]), WRONG);
    must(/^[A-Za-z][A-Za-z0-9]{0,30}$/.test(one.role) && /^[0-9a-f]{40}$/.test(one.address), WRONG);
    must(/^[0-9a-f]{64}$/.test(one.codeHash), WRONG);
  }
  must(inOrder(contracts.map((one) => one.role), true), WRONG);
}

/** When the word of each cosigner counts, by public key (hex): from `from` and before `to` (seconds, BigInt; 0 for no end). */
function windowsOf(told, trust) {
  const keys = told.windows.map((one) => hex(verifierKey(one.key, 4).public));
  must(keys.join() === trust.cosigners.map((key) => hex(key.public)).join(), WRONG);
  for (const [at, one] of told.windows.entries()) {
    must(sameMembers(one, ["from", "key", "to"]) && count(one.from, 0) && count(one.to, 0), WRONG);
    must(one.to === 0 || one.to > one.from, WRONG);
    must(one.key.split("+")[0] === trust.cosigners[at].name, WRONG);
  }
  return new Map(told.windows.map((one, at) => [keys[at], { from: BigInt(one.from), to: BigInt(one.to) }]));
}

const count = (value, least) => Number.isSafeInteger(value) && value >= least;
const sameMembers = (told, names) => Object.keys(told).sort().join() === names.join();

/** Whether texts ascend; each once, if they have to. */
function inOrder(texts, once) {
  return texts.every((text, at) => at === 0 || texts[at - 1] < text || (!once && texts[at - 1] === text));
}
