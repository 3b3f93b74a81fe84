// The short code: twelve characters under a printed QR code, to find a document by typing (docs/spec/qr.md).

import { unhex } from "./evidence-bytes.js";

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const DATA = 11;
const DASHED = /^\s*[0-9A-Za-z]{4}([- ]?)[0-9A-Za-z]{4}\1[0-9A-Za-z]{4}\s*$/;
const MISREAD = { O: "0", I: "1", L: "1" };

/** The code of a document by its digest, or by the first 7 bytes of it. */
export function shortCode(digest) {
  const number = digest.subarray(0, 7).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n) >> 1n;
  const values = Array.from({ length: DATA }, (_, at) => Number((number >> BigInt(5 * (DATA - 1 - at))) & 31n));
  const told = [...values, check(values)].map((value) => ALPHABET[value]).join("");
  return `${told.slice(0, 4)}-${told.slice(4, 8)}-${told.slice(8)}`;
}

/** The smallest and the largest digest of a code as somebody typed it; null if it has not the form, or was mistyped. */
export function digestRange(typed) {
  if (!DASHED.test(typed)) return null;
  const told = typed.replace(/[\s-]/g, "").toUpperCase().replace(/[OIL]/g, (char) => MISREAD[char]);
  const values = Array.from(told, (char) => ALPHABET.indexOf(char));
  const last = values.pop();
  if (values.includes(-1) || last !== check(values)) return null;
  const number = values.reduce((sum, value) => (sum << 5n) | BigInt(value), 0n) << 1n;
  const word = (value, rest) => unhex(value.toString(16).padStart(14, "0").padEnd(64, rest));
  return [word(number, "0"), word(number | 1n, "f")];
}

/** The sum of each value times its own power of x in GF(32). */
function check(values) {
  return values.reduce((sum, value) => timesX(sum ^ value), 0);
}

function timesX(value) {
  const doubled = value << 1;
  return doubled & 32 ? doubled ^ 0b100101 : doubled;
}
