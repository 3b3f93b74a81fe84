// Sanad's JSON in the browser: the canonical form of a text in the profile, or the rule that refuses it.
// The rules and their codes are those of docs/spec/json-profile.md; the same vectors test this and the verifier.

export const SIZE_AT_MOST = 16 * 2 ** 20;
const DEPTH_AT_MOST = 64;
const NESTING_READ = 200; // more than the profile allows, so that a text a little too deep is told as such
const DIGITS_AT_MOST = 17;
const LONE = /\p{Surrogate}/u;
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const BLANK = /[ \t\n\r]*/y;
const HEX = /[0-9a-fA-F]{4}/y;
const ESCAPES = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
const WORDS = { true: true, false: false, null: null };
const NOT_FINITE = ["NaN", "Infinity", "-Infinity"];

/** The text is outside the profile; `code` says which rule. */
export class JsonRefused extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** Stands in a value for what the profile does not have, until the whole was read: grammar comes first. */
class Wrong {
  constructor(code) {
    this.code = code;
  }
}

/** The canonical bytes of a JSON text; `JsonRefused` if it is outside the profile. */
export function canonicalBytes(data) {
  if (data.length > SIZE_AT_MOST) throw new JsonRefused("JSON_TOO_LARGE");
  if (data[0] === 0xef && data[1] === 0xbb && data[2] === 0xbf) throw new JsonRefused("JSON_BOM");
  const written = new TextEncoder().encode(write(new Reader(decoded(data)).read(), 0));
  if (written.length > SIZE_AT_MOST) throw new JsonRefused("JSON_TOO_LARGE");
  return written;
}

function decoded(data) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    throw new JsonRefused("JSON_NOT_UTF8");
  }
}

class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  read() {
    this.blank();
    const value = this.value(0);
    this.blank();
    if (this.at !== this.text.length) throw new JsonRefused("JSON_INVALID");
    return value;
  }

  value(depth) {
    switch (this.text[this.at]) {
      case "{":
        return this.object(depth + 1);
      case "[":
        return this.array(depth + 1);
      case '"':
        return this.string();
      default:
        return this.scalar();
    }
  }

  object(depth) {
    this.enter(depth);
    const members = new Map();
    let twice = false;
    if (!this.takes("}")) {
      do {
        this.blank();
        const key = this.string();
        this.blank();
        this.must(":");
        this.blank();
        const value = this.value(depth);
        twice ||= members.has(key);
        members.set(key, value);
        this.blank();
      } while (this.takes(","));
      this.must("}");
    }
    return twice ? new Wrong("JSON_DUPLICATE_KEY") : members;
  }

  array(depth) {
    this.enter(depth);
    const members = [];
    if (!this.takes("]")) {
      do {
        this.blank();
        members.push(this.value(depth));
        this.blank();
      } while (this.takes(","));
      this.must("]");
    }
    return members;
  }

  enter(depth) {
    if (depth > NESTING_READ) throw new JsonRefused("JSON_TOO_DEEP");
    this.at += 1;
    this.blank();
  }

  string() {
    this.must('"');
    let told = "";
    for (;;) {
      told += this.match(PLAIN)[0];
      if (this.takes('"')) return told;
      this.must("\\");
      const letter = this.text[this.at];
      this.at += 1;
      if (letter === "u") {
        const digits = this.match(HEX);
        if (digits === null) throw new JsonRefused("JSON_INVALID");
        told += String.fromCharCode(Number.parseInt(digits[0], 16));
      } else if (letter !== undefined && Object.hasOwn(ESCAPES, letter)) {
        told += ESCAPES[letter];
      } else {
        throw new JsonRefused("JSON_INVALID");
      }
    }
  }

  scalar() {
    for (const [word, value] of Object.entries(WORDS)) if (this.takes(word)) return value;
    for (const word of NOT_FINITE) if (this.takes(word)) return new Wrong("JSON_NOT_FINITE");
    const number = this.match(NUMBER);
    if (number === null) throw new JsonRefused("JSON_INVALID");
    if (number[1] !== undefined || number[2] !== undefined) return new Wrong("JSON_FLOAT");
    if (number[0] === "-0") return new Wrong("JSON_NEGATIVE_ZERO");
    const value = Number(number[0]);
    const fits = number[0].length <= DIGITS_AT_MOST && Number.isSafeInteger(value);
    return fits ? value : new Wrong("JSON_INTEGER_RANGE");
  }

  blank() {
    this.match(BLANK);
  }

  match(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found !== null) this.at = pattern.lastIndex;
    return found;
  }

  takes(word) {
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  must(word) {
    if (!this.takes(word)) throw new JsonRefused("JSON_INVALID");
  }
}

function write(value, depth) {
  if (typeof value === "string") return writeText(value);
  if (value instanceof Wrong) throw new JsonRefused(value.code);
  if (value === null || typeof value !== "object") return String(value);
  if (depth >= DEPTH_AT_MOST) throw new JsonRefused("JSON_TOO_DEEP");
  if (Array.isArray(value)) return `[${value.map((member) => write(member, depth + 1)).join(",")}]`;
  const members = new Map();
  for (const [key, member] of value) members.set(key, `${writeText(key)}:${write(member, depth + 1)}`);
  const sorted = [...members.keys()].sort(); // by UTF-16 code unit, as RFC 8785 wants it
  return `{${sorted.map((key) => members.get(key)).join(",")}}`;
}

function writeText(text) {
  if (LONE.test(text)) throw new JsonRefused("JSON_SURROGATE");
  if (text.normalize("NFC") !== text) throw new JsonRefused("JSON_NOT_NFC");
  return JSON.stringify(text);
}
