// Which digests certify a file? Those of its bytes and, for a JSON object in the profile, of its canonical form.
// The same rule as the verifier's candidate_digests; nothing here leaves the browser.

import { JsonRefused, SIZE_AT_MOST, canonicalBytes } from "./json-profile.js";
import { Sha256, sha256 } from "./sha256.js";

const PIECE = 4 * 2 ** 20;
const HEAD = 4096;
const BEFORE_AN_OBJECT = new Set([0x20, 0x09, 0x0d, 0x0a, 0xef, 0xbb, 0xbf]);
const BRACE = 0x7b;
const BUNDLE = "PK\u0003\u0004";
const FIRST_MEMBER = "proof.tlog-proof";

/** Whether bytes begin as a JSON object does. */
export function looksLikeJson(bytes) {
  return bytes[bytes.findIndex((byte) => !BEFORE_AN_OBJECT.has(byte))] === BRACE;
}

/** Every digest that bytes in memory may be certified by, the likelier first: [{digest, form, why}]. */
export function candidateDigests(bytes) {
  return candidates(sha256(bytes), bytes.length <= SIZE_AT_MOST ? bytes : null, looksLikeJson(bytes));
}

/** The same for a file (a Blob) of any size, read piece by piece; `onProgress` is told how many bytes are done. */
export async function digestsOfFile(file, onProgress = () => {}) {
  const whole = file.size <= SIZE_AT_MOST ? new Uint8Array(await file.arrayBuffer()) : null;
  const json = looksLikeJson(whole ?? (await bytesOf(file, 0, HEAD)));
  const hash = new Sha256();
  for (let at = 0; at < file.size; at += PIECE) {
    const end = Math.min(at + PIECE, file.size);
    hash.update(whole ? whole.subarray(at, end) : await bytesOf(file, at, end));
    onProgress(end);
  }
  return candidates(hash.hex(), whole, json);
}

function candidates(raw, whole, json) {
  const plain = { digest: raw, form: "bytes", why: null };
  if (!json) return [plain];
  try {
    if (whole === null) throw new JsonRefused("JSON_TOO_LARGE");
    const digest = sha256(canonicalBytes(whole));
    const first = { digest, form: "json", why: null };
    return digest === raw ? [first] : [first, plain];
  } catch (error) {
    if (!(error instanceof JsonRefused)) throw error;
    return [{ ...plain, why: error.code }];
  }
}

/** Whether a file is a bundle, by its first bytes: its name may say anything. */
export async function isBundle(file) {
  const head = await bytesOf(file, 0, 30 + FIRST_MEMBER.length);
  const text = String.fromCharCode(...head);
  return text.startsWith(BUNDLE) && text.slice(30) === FIRST_MEMBER;
}

async function bytesOf(file, from, to) {
  return new Uint8Array(await file.slice(from, to).arrayBuffer());
}
