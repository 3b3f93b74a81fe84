// The pack on this device: taken from the server or out of a file, kept by the browser from one visit to the next, and
// asked where the server cannot be. Nothing in it is readable without the paper.

import { EvidenceError, isPack, openPack } from "./evidence.js";

const STORE = "sanad-pack";
const PLACE = "/verify/kept.pack";
const HEAD = 64;

/** Whether a file (a Blob) is a pack, by its first bytes: its name may say anything. */
export async function isPackFile(file) {
  return isPack(new Uint8Array(await file.slice(0, HEAD).arrayBuffer()));
}

/** The pack that was kept, checked again; null if there is none that could be believed. */
export async function keptPack(trust) {
  const store = await globalThis.caches?.open(STORE);
  const answer = await store?.match(PLACE);
  if (!answer) return null;
  try {
    return await openPack(new Uint8Array(await answer.arrayBuffer()), trust);
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    await forgetPack();
    return null;
  }
}

/** The pack in these bytes, once it was checked; it is kept for the next visit where this browser can. */
export async function keepPack(bytes, trust) {
  const pack = await openPack(bytes, trust);
  const store = await globalThis.caches?.open(STORE);
  await store?.put(PLACE, new Response(bytes, { headers: { "Content-Type": "application/zip" } }));
  return pack;
}

/** Forgets the pack that was kept. */
export async function forgetPack() {
  await globalThis.caches?.delete(STORE);
}
