// A zip archive with one byte string for each content: members stored, in order, nothing else (docs/spec/bundle.md).

import { concat, must, utf8 } from "./evidence-bytes.js";

const MEMBERS_AT_MOST = 8;
const LOCAL = 30;
const TABLE = Uint32Array.from({ length: 256 }, (_, at) => {
  let value = at;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/** The members of an archive, [[name, bytes]]; refuses with `code` unless writing them gives the same bytes. */
export function readZip(bytes, code) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const members = [];
  let at = 0;
  while (at + LOCAL <= bytes.length && view.getUint32(at) === 0x504b0304 && members.length < MEMBERS_AT_MOST) {
    const start = at + LOCAL + view.getUint16(at + 26, true);
    const name = String.fromCharCode(...bytes.subarray(at + LOCAL, start));
    const end = start + view.getUint32(at + 18, true);
    members.push([name, bytes.subarray(start, end)]);
    at = end;
  }
  must(same(writeZip(members), bytes), code);
  return members;
}

function writeZip(members) {
  const body = [], directory = [];
  let offset = 0;
  for (const [name, content] of members) {
    const sizes = [[0, 2], [33, 2], [crc32(content), 4], [content.length, 4], [content.length, 4], [name.length, 2], [0, 2]];
    const raw = utf8(name);
    body.push(utf8("PK\u0003\u0004"), little([20, 2], [0, 2], [0, 2], ...sizes), raw, content);
    directory.push(utf8("PK\u0001\u0002"), little([20, 2], [20, 2], [0, 2], [0, 2], ...sizes, [0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]), raw);
    offset += LOCAL + raw.length + content.length;
  }
  const length = directory.reduce((sum, part) => sum + part.length, 0);
  const count = members.length;
  const end = little([0, 2], [0, 2], [count, 2], [count, 2], [length, 4], [offset, 4], [0, 2]);
  return concat(...body, ...directory, utf8("PK\u0005\u0006"), end);
}

function little(...numbers) {
  const bytes = [];
  for (const [value, size] of numbers) for (let at = 0; at < size; at++) bytes.push((value >>> (8 * at)) & 0xff);
  return Uint8Array.from(bytes);
}

function crc32(bytes) {
  let value = 0xffffffff;
  for (let at = 0; at < bytes.length; at++) value = TABLE[(value ^ bytes[at]) & 0xff] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

/** Whether two arrays are the same, without writing either as text. */
export function same(one, other) {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
}
