// The trust file (docs/spec/trust.md): what a reader takes on trust about one network, and nothing else.

import { base64, concat, equal, hex, unbase64, utf8 } from "./evidence-bytes.js";
import { mustBeTrustFile } from "./evidence-trust-form.js";
import { canonicalBytes } from "./json-profile.js";
import { sha256 } from "./sha256.js";

const SCHEMA = "urn:sanad:trust:1";
export const ED25519 = 1;
const COSIGNATURE = 4;

/** The trust in a file's text. Throws a `TypeError` for what is none: it is no evidence, but what all is checked against. */
export function parseTrust(told) {
  if (!equal(canonicalBytes(utf8(told)), utf8(told))) throw new TypeError("the trust file is not in its canonical form");
  const file = JSON.parse(told);
  mustBeTrustFile(file);
  const { origin } = file.network;
  const trust = {
    origin,
    logKeys: file.logKeys.map((key) => verifierKey(key, ED25519)),
    statusKeys: file.statusKeys.map((key) => verifierKey(key, ED25519)),
    cosigners: file.cosigners.map((key) => verifierKey(key, COSIGNATURE)),
    quorum: file.quorum,
    limits: limitsOf(file.limits),
    types: new Map(Object.entries(file.limits.types ?? {}).map(([name, one]) => [name, limitsOf(one)])),
    formations: new Map(file.formations.map((one) => [BigInt(one.number), one.code])),
    kinds: new Map(file.formations.map((one) => [BigInt(one.number), one.kind])),
    subjects: new Map(Object.entries(file.subjects)),
    distrusted: new Map(file.distrusted.map((one) => [one.key, BigInt(one.since)])),
  };
  const publics = [...trust.logKeys, ...trust.statusKeys, ...trust.cosigners].map((key) => hex(key.public));
  if (
    file.schema !== SCHEMA || trust.logKeys.length === 0 || new Set(publics).size !== publics.length ||
    !trust.logKeys.every((key) => key.name === origin) || !trust.statusKeys.every((key) => key.name === `${origin}/status`) ||
    !(Number.isInteger(trust.quorum) && trust.quorum >= 1 && trust.quorum <= trust.cosigners.length) ||
    ![trust.limits, ...trust.types.values()].every((one) => one.fresh > 0n && one.fresh <= one.usable)
  ) {
    throw new TypeError("the trust file says what none can say");
  }
  return trust;
}

/** Up to which age (seconds, BigInt) knowledge is fresh, and up to which it is of use. */
function limitsOf({ freshSeconds, usableSeconds }) {
  return { fresh: BigInt(freshSeconds), usable: BigInt(usableSeconds) };
}

/** The limits for documents of a type. */
export const limitsFor = (trust, type) => trust.types.get(type) ?? trust.limits;

/** The verifier key in its text form (C2SP signed-note), of an algorithm. */
export function verifierKey(told, algorithm) {
  const [name, id, body] = split(told);
  const raw = unbase64(body);
  if (raw === null || raw.length !== 33 || raw[0] !== algorithm) throw new TypeError("a verifier key is malformed");
  const own = sha256(concat(utf8(`${name}\n`), raw)).slice(0, 8);
  if (id !== own) throw new TypeError("a verifier key's id does not fit it");
  return { name, id, public: raw.subarray(1) };
}

function split(told) {
  const [name, id, ...rest] = told.split("+");
  return [name, id, rest.join("+")];
}

/** Whether a key made a signature; rejects where this browser cannot tell. */
export async function signed(key, message, signature) {
  const loaded = await crypto.subtle.importKey("raw", key.public, { name: "Ed25519" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "Ed25519" }, loaded, signature, message);
}

/** The text of a checkpoint (C2SP tlog-checkpoint). */
export function checkpointText(origin, size, root) {
  return `${origin}\n${size}\n${base64(root)}\n`;
}

/** What a member signs of a checkpoint at a time (C2SP tlog-cosignature). */
export function cosigned(checkpoint, time) {
  return utf8(`cosignature/v1\ntime ${time}\n${checkpoint}`);
}

export const timeOf = (body) => new DataView(body.buffer, body.byteOffset).getBigUint64(0);
