// Bytes, as evidence is made of them: base45 (RFC 9285), numbers, hashes (RFC 9162), and what is wrong with them.

import { sha256 } from "./sha256.js";

const BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const NUMBER_AT_MOST = 2n ** 63n - 1n;
export const ZERO = new Uint8Array(32);

/** The evidence does not prove what it should; `code` is that of docs/reference/errors.md. */
export class EvidenceError extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

export function must(holds, code) {
  if (!holds) throw new EvidenceError(code);
}

export const utf8 = (text) => new TextEncoder().encode(text);

export function text(bytes, code) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new EvidenceError(code);
  }
}

export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export function unhex(digits) {
  return Uint8Array.from({ length: digits.length / 2 }, (_, at) => Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16));
}

/** Standard base64. */
export function base64(bytes) {
  let characters = ""; // piece by piece: a call takes only so many arguments
  for (let at = 0; at < bytes.length; at += 4096) characters += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return btoa(characters);
}

/** The bytes of standard base64 in its one spelling; null if it is none. */
export function unbase64(told) {
  try {
    const bytes = Uint8Array.from(atob(told), (char) => char.charCodeAt(0));
    return base64(bytes) === told ? bytes : null;
  } catch {
    return null;
  }
}

export const equal = (one, other) => hex(one) === hex(other);

/** A number as so many bytes, big-endian. */
export function big(value, size) {
  const bytes = new Uint8Array(size);
  for (let at = size - 1, left = BigInt(value); at >= 0; at--, left >>= 8n) bytes[at] = Number(left & 0xffn);
  return bytes;
}

/** The bytes of a base45 text, which has one spelling. */
export function unbase45(told) {
  const values = Array.from(told, (char) => BASE45.indexOf(char));
  must(!values.includes(-1) && values.length % 3 !== 1, "BASE45_INVALID");
  const bytes = [];
  for (let at = 0; at < values.length; at += 3) {
    const [low, middle, high] = values.slice(at, at + 3);
    const number = low + 45 * middle + 2025 * (high ?? 0);
    must(number <= (high === undefined ? 0xff : 0xffff), "BASE45_INVALID");
    if (high !== undefined) bytes.push(number >> 8);
    bytes.push(number & 0xff);
  }
  return Uint8Array.from(bytes);
}

const hash = (...parts) => unhex(sha256(concat(...parts)));
export const hashLeaf = (leaf) => hash([0], leaf);
export const hashNode = (left, right) => hash([1], left, right);

/** How many siblings the path of a leaf has (RFC 9162 §2.1.3). */
export function pathLength(index, size) {
  let inner = 0;
  for (let differ = index ^ (size - 1n); differ > 0n; differ >>= 1n) inner++;
  let length = inner;
  for (let rest = index >> BigInt(inner); rest > 0n; rest >>= 1n) length += Number(rest & 1n);
  return length;
}

/** The root that a path of the right length leads to. */
export function rootFrom(leaf, index, size, path) {
  let node = index;
  let last = size - 1n;
  let digest = hashLeaf(leaf);
  for (const sibling of path) {
    if (node % 2n === 1n || node === last) {
      digest = hashNode(sibling, digest);
      while (node % 2n === 0n && node !== 0n) [node, last] = [node >> 1n, last >> 1n];
    } else {
      digest = hashNode(digest, sibling);
    }
    [node, last] = [node >> 1n, last >> 1n];
  }
  return digest;
}

/** Refuses a path that does not lead from a leaf to the root of a tree of `size` leaves (RFC 9162 §2.1.3.2). */
export function mustLead(leaf, index, size, path, root) {
  must(index < size && path.length === pathLength(index, size), "INCLUSION_INVALID");
  must(equal(rootFrom(leaf, index, size, path), root), "INCLUSION_INVALID");
}

/** Takes one part after the other; refuses with `code` where the bytes end too early. */
export class Reader {
  constructor(bytes, code) {
    this.bytes = bytes;
    this.code = code;
    this.at = 0;
  }

  take(size) {
    must(this.at + size <= this.bytes.length, this.code);
    this.at += size;
    return this.bytes.subarray(this.at - size, this.at);
  }

  byte() {
    return this.take(1)[0];
  }

  /** LEB128 in its shortest form, below 2^63. */
  number() {
    let value = 0n;
    let byte;
    let shift = 0n;
    do {
      byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      shift += 7n;
    } while (byte > 0x7f && shift < 70n);
    must(byte <= 0x7f && (byte !== 0 || shift === 7n) && value <= NUMBER_AT_MOST, this.code);
    return value;
  }

  /** A number that counts bytes. */
  size() {
    const value = this.number();
    must(value <= 0xffffn, this.code);
    return Number(value);
  }

  end() {
    must(this.at === this.bytes.length, this.code);
  }
}
