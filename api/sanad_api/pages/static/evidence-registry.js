// The issuer's registry facts (docs/spec/registry.md): which office, key and scope were the power to issue, by the log itself.
// Tested by the same vectors as verifier/sanad_verifier/registry.py.

import { equal, hex, must, mustLead, text, unbase64 } from "./evidence-bytes.js";
import { JsonRefused, canonicalBytes } from "./json-profile.js";

const WRONG = "REGISTRY_INVALID", DIFFERS = "REGISTRY_DIFFERS", NO_ENTRY = "ENTRY_INVALID";
const FORMATION = 32, KEY = 36, SCOPE = 41;
// an ISSUE entry is the register's, too, where the scope allows to enter, and the titles' where it allows to register
const ISSUE = 1, ENTER = 7n, REGISTER = 16n;
const LONGEST_PATH = 64, ENTRY = 224;
const NAME = /^[A-Z][A-Z0-9_]{0,30}\0+$/, CODE = /^[A-Z0-9][A-Z0-9-]{0,30}\0+$/;

/** The three entries in a file, [{raw, index, path}], of which nothing is believed yet. */
export function parseRegistry(bytes) {
  must(bytes.length <= 1 << 16, WRONG);
  const entries = read(bytes).entries;
  must(Array.isArray(entries) && entries.length === 3, WRONG);
  const shown = entries.map((one) => {
    must(named(one, "entry,index,path") && Number.isSafeInteger(one.index) && one.index >= 0, WRONG);
    must(Array.isArray(one.path) && one.path.length <= LONGEST_PATH, WRONG);
    const raw = bytesIn(one.entry, ENTRY);
    return { raw, index: one.index, path: one.path.map((hash) => bytesIn(hash, 32)) };
  });
  must(shown.every((one, at) => at === 0 || shown[at - 1].index < one.index), WRONG);
  return shown;
}

/** The code of the office that issued `entry` at `index` (BigInt), after checking each fact against a log of some size (BigInt)
 *  with this root. */
export function issuerByLog(shown, entry, index, { size, root }, trust) {
  const found = new Map();
  for (const one of shown) {
    mustLead(one.raw, BigInt(one.index), size, one.path, root);
    const told = decode(one.raw);
    found.set(told.kind, told);
  }
  must([FORMATION, KEY, SCOPE].every((kind) => found.has(kind)), DIFFERS);
  const [office, key, scope] = [FORMATION, KEY, SCOPE].map((kind) => found.get(kind));
  const number = entry.formation;
  must(office.number === number && scope.number === number && key.formation === number, DIFFERS);
  const allowed = (scope.acts >> BigInt(entry.kind)) & 1n || (entry.kind === ISSUE && (((scope.acts >> ENTER) | (scope.acts >> REGISTER)) & 1n));
  must(equal(key.address, entry.key) && scope.type === entry.type && allowed, DIFFERS);
  must([office, key, scope].every(({ from, to }) => from <= entry.time && (to === 0n || entry.time < to)), DIFFERS);
  must(BigInt(shown[2].index) < index, DIFFERS);
  const known = trust.formations.get(number);
  must(known === undefined || (known === office.code && trust.kinds.get(number) === office.type), DIFFERS);
  return office.code;
}

function read(bytes) {
  try {
    must(equal(canonicalBytes(bytes), bytes), WRONG);
  } catch (error) {
    must(!(error instanceof JsonRefused), WRONG);
    throw error;
  }
  const told = JSON.parse(text(bytes, WRONG));
  must(named(told, "entries"), WRONG);
  return told;
}

/** What an entry of the three kinds says; of others, only which kind they are. */
function decode(raw) {
  const view = new DataView(raw.buffer, raw.byteOffset);
  const zero = (from, to) => raw.subarray(from, to).every((byte) => byte === 0);
  const ascii = (from) => String.fromCharCode(...raw.subarray(from, from + 32));
  const kind = raw[31];
  must(zero(0, 31) && zero(52, 60) && zero(192, 216), NO_ENTRY);
  if (![FORMATION, KEY, SCOPE].includes(kind)) return { kind };
  const window = { from: view.getBigUint64(176), to: view.getBigUint64(184) };
  if (kind === KEY) {
    must(zero(64, 96) && zero(96, 108) && zero(160, 172), NO_ENTRY);
    return { kind, address: raw.subarray(108, 128), formation: BigInt(view.getUint32(172)), ...window };
  }
  must(NAME.test(ascii(64)) && zero(96, 124), NO_ENTRY);
  const office = { kind, number: BigInt(view.getUint32(124)), type: ascii(64).replaceAll("\0", ""), ...window };
  if (kind === SCOPE) {
    must(zero(128, 152) && zero(160, 176), NO_ENTRY);
    return { ...office, acts: view.getBigUint64(152) };
  }
  must(CODE.test(ascii(128)) && zero(160, 168), NO_ENTRY);
  return { ...office, code: ascii(128).replaceAll("\0", "") };
}

const named = (value, names) =>
  value !== null && typeof value === "object" && !Array.isArray(value) && Object.keys(value).sort().join() === names;

function bytesIn(told, size) {
  const raw = typeof told === "string" ? unbase64(told) : null;
  must(raw !== null && raw.length === size, WRONG);
  return raw;
}
