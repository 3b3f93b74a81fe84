// The trust root on this device: with it whom to trust is its holders' word, and not that of the server which the page came
// from. Kept by the browser from one visit to the next; a newer one is taken only if it follows on the one that is kept.

import { EvidenceError, isRoot, openRoot } from "./evidence.js";
import { hex } from "./evidence-bytes.js";

const STORE = "sanad-root";
const PLACE = "/verify/kept.root";
const HEAD = 1 << 20;

/** Whether a file (a Blob) is a trust root, by how it begins. */
export async function isRootFile(file) {
  return isRoot(new Uint8Array(await file.slice(0, HEAD).arrayBuffer()));
}

/** The root that was kept, checked again; null if there is none that could be believed. */
export async function keptRoot() {
  const store = await globalThis.caches?.open(STORE);
  const answer = await store?.match(PLACE);
  if (!answer) return null;
  try {
    return await checkedRoot(new Uint8Array(await answer.arrayBuffer()), null);
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    await forgetRoot();
    return null;
  }
}

/** The root in these bytes, which follows on `before` (or is the first, if that is null), with the SHA-256 of its file (hex) for
 *  who compares it by telephone. */
export async function checkedRoot(bytes, before) {
  const root = await openRoot(bytes, before);
  return { ...root, digest: hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))) };
}

/** Keeps the file of a root that was checked, where this browser can. */
export async function keepRoot(bytes) {
  const store = await globalThis.caches?.open(STORE);
  await store?.put(PLACE, new Response(bytes, { headers: { "Content-Type": "text/plain" } }));
}

/** Forgets the root that was kept. */
export async function forgetRoot() {
  await globalThis.caches?.delete(STORE);
}
