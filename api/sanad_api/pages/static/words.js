// The sentences a script says, in the page's language: the server puts them into #words.

const holder = globalThis.document?.getElementById("words");
const messages = new Map(Object.entries(JSON.parse(holder?.dataset.words ?? "{}")));
const [FIRST, LAST] = ["\u2068", "\u2069"]; // a value keeps its own direction within a sentence

/** The message of a key, with its {placeholders} filled in. */
export function word(key, values = {}) {
  return filled(messages.get(key) ?? key, values);
}

/** `key.one` for exactly one, `key.other` for any other number. */
export function count(key, n) {
  return word(n === 1 ? `${key}.one` : `${key}.other`, { n });
}

/** The message of `family.code`, or what is to be said where there is none. */
export function wordOf(family, code, otherwise, values = {}) {
  const message = messages.get(`${family}.${code}`);
  return message === undefined ? plain(otherwise) : filled(message, values);
}

function filled(message, values) {
  return message.replaceAll(/\{([a-z_]+)\}/g, (_, name) =>
    typeof values[name] === "number" ? String(values[name]) : `${FIRST}${plain(values[name] ?? "")}${LAST}`,
  );
}

/** Text in which nothing hides: characters that control, format or are not assigned are spelled out. */
export function plain(text) {
  return String(text).replaceAll(/(?! )[\p{C}\p{Z}]/gu, (char, at, whole) => {
    const joins = char === "\u200c" && ARABIC.test(whole[at - 1] ?? "") && ARABIC.test(whole[at + 1] ?? "");
    return joins ? char : `⟨U+${char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`;
  });
}

const ARABIC = /(?=\p{L})\p{Script=Arabic}/u;
