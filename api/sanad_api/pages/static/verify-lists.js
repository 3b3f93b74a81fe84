// The status lists on this device: dropped as bundles, kept by the browser as far as they are still needed, and asked wherever
// evidence is examined here.

import { EvidenceError, openLists } from "./evidence.js";

const STORE = "sanad-lists";
const PLACE = "/verify/kept.list/";

/** The lists that were kept, checked again; none if they cannot be believed any more. */
export async function keptLists(trust) {
  const bundles = await keptBundles();
  if (bundles.length === 0) return [];
  try {
    return await openLists(bundles, trust);
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    await forgetLists();
    return [];
  }
}

/** The lists with one publication more (the bundle's bytes), once all was checked; what is still needed is kept. */
export async function keepList(bytes, trust) {
  const lists = await openLists([...(await keptBundles()), bytes], trust);
  const store = await globalThis.caches?.open(STORE);
  const needed = lists.flatMap((one) => one.bundles);
  await Promise.all(needed.map((one, at) => store?.put(`${PLACE}${at}`, new Response(one))));
  const more = (await store?.keys())?.filter((one) => Number(one.url.split("/").at(-1)) >= needed.length) ?? [];
  await Promise.all(more.map((one) => store.delete(one)));
  return lists;
}

/** Forgets all lists. */
export async function forgetLists() {
  await globalThis.caches?.delete(STORE);
}

async function keptBundles() {
  const store = await globalThis.caches?.open(STORE);
  const answers = await Promise.all(((await store?.keys()) ?? []).map((one) => store.match(one)));
  return Promise.all(answers.map(async (one) => new Uint8Array(await one.arrayBuffer())));
}
