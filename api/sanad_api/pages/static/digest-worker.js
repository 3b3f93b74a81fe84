// Computes digests beside the page, so that it stays quick while a large file is read.

import { digestsOfFile, isBundle } from "./digest.js";

globalThis.onmessage = async ({ data: { file } }) => {
  try {
    const bundle = await isBundle(file);
    const digests = bundle ? [] : await digestsOfFile(file, (done) => globalThis.postMessage({ done }));
    globalThis.postMessage({ bundle, digests });
  } catch {
    globalThis.postMessage({ failed: true }); // the file was moved, changed or taken away while it was read
  }
};
