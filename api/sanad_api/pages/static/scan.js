// Codes of certificates in pictures and before the camera, read here: no picture leaves the browser. What is found is a
// text, and never an address to open.

const PREFIX = "SND1:";
const SIDE_AT_MOST = 3000; // pixels: a larger picture is made smaller before it is looked at
const SMALLER = 1400;
const PAUSE = 80; // milliseconds
const OPTIONS = { formats: ["QRCode"], tryHarder: true, tryRotate: true, tryInvert: true, maxNumberOfSymbols: 4 };

const PDF_SCALE = 150 / 72; // dots for each point
const PAGES_AT_MOST = 20;
const PDF_AT_MOST = 64 << 20; // bytes
const PDF_PATIENCE = 30_000; // milliseconds
const PDF_OPTIONS = {
  isEvalSupported: false, enableXfa: false, disableFontFace: true, useSystemFonts: false, useWasm: false,
  maxImageSize: 1 << 26, disableAutoFetch: true, disableStream: true,
};

/** The addresses of what reads PDFs: its module, and the worker that it starts. */
export const PDF_READER = new URL("./pdf-reader.js", import.meta.url).href;
export const PDF_WORKER = new URL("./pdf-worker.js", import.meta.url).href;

let reader = null;

/** The reader, fetched when it is first needed: it is a megabyte. */
function ready() {
  reader ??= import("./zxing-reader.js").then((module) => {
    const wasm = new URL("./zxing-reader.wasm", import.meta.url).href;
    module.prepareZXingModule({ overrides: { locateFile: () => wasm } });
    return module;
  });
  reader.catch(() => (reader = null)); // ask again next time
  return reader;
}

/** Fetches what reads codes, so that it is there when the network is not; rejects if it cannot be fetched. */
export async function prepare() {
  const { prepareZXingModule } = await ready();
  await prepareZXingModule({ fireImmediately: true });
}

async function codesIn(image) {
  const { readBarcodes } = await ready();
  const found = await readBarcodes(image, OPTIONS);
  return [...new Set(found.filter((one) => one.isValid && one.text.startsWith(PREFIX)).map((one) => one.text))];
}

/** Whether a file says that it is a picture this browser can show. */
export function isPicture(file) {
  return /^image\/(png|jpeg|webp)$/.test(file.type);
}

/** The texts of the certificates' codes in a picture; rejects if it is none, or if the reader cannot be fetched. */
export async function codesInPicture(file) {
  const picture = await createImageBitmap(file);
  try {
    for (const side of [SIDE_AT_MOST, SMALLER]) {
      const found = await codesIn(pixels(picture, picture.width, picture.height, side));
      if (found.length > 0) return found;
    }
    return [];
  } finally {
    picture.close();
  }
}

/** Whether a file says that it is a PDF, and is no larger than one that is looked at here. */
export function isPdf(file) {
  return file.type === "application/pdf" && file.size <= PDF_AT_MOST;
}

/** The texts of the certificates' codes on the first pages of a PDF; rejects if it is none, or if the reader cannot be fetched.
 *  `approve` turns the address of the reader's worker into one that may be started. */
export async function codesInPdf(file, approve) {
  const { GlobalWorkerOptions, getDocument } = await import("./pdf-reader.js");
  const worker = new Worker(approve(PDF_WORKER), { type: "module" });
  GlobalWorkerOptions.workerPort = worker;
  const opening = getDocument({ ...PDF_OPTIONS, data: new Uint8Array(await file.arrayBuffer()) });
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("the PDF takes too long")), PDF_PATIENCE);
  });
  try {
    return await Promise.race([codesOfPages(opening), late]);
  } finally {
    clearTimeout(timer);
    worker.terminate(); // first: a worker that is busy for ever would not let itself be closed
    opening.destroy().catch(() => {});
  }
}

async function codesOfPages(opening) {
  const pdf = await opening.promise;
  const found = new Set();
  for (let number = 1; number <= Math.min(pdf.numPages, PAGES_AT_MOST); number++) {
    for (const one of await codesOn(await pdf.getPage(number))) found.add(one);
  }
  return [...found];
}

async function codesOn(page) {
  const plain = page.getViewport({ scale: 1 });
  const scale = Math.min(PDF_SCALE, SIDE_AT_MOST / Math.max(plain.width, plain.height));
  const viewport = page.getViewport({ scale });
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil(viewport.width);
  canvas.height = Math.ceil(viewport.height);
  const canvasContext = canvas.getContext("2d", { willReadFrequently: true });
  await page.render({ canvas, canvasContext, viewport, annotationMode: 0 }).promise;
  page.cleanup();
  return codesIn(canvasContext.getImageData(0, 0, canvas.width, canvas.height));
}

function pixels(source, width, height, atMost) {
  const scale = Math.min(1, atMost / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/** Whether this browser may ask for a camera here. */
export function hasCamera() {
  return Boolean(globalThis.isSecureContext && navigator.mediaDevices?.getUserMedia);
}

/** A camera before which a certificate is held, shown in a video element until a code is found or it is stopped. */
export class Camera {
  #video;
  #stream = null;

  constructor(video) {
    this.#video = video;
  }

  /** The texts of the first codes seen; nothing if it was stopped before. Rejects if there is no camera to be had. */
  async look() {
    await ready();
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1080 } },
    });
    this.stop();
    this.#stream = stream;
    this.#video.srcObject = stream;
    try {
      await this.#video.play();
      while (this.#stream === stream) {
        await this.#frame();
        const { videoWidth, videoHeight } = this.#video;
        if (this.#stream !== stream || videoWidth === 0) continue;
        const found = await codesIn(pixels(this.#video, videoWidth, videoHeight, SMALLER));
        if (found.length > 0) return found;
      }
      return [];
    } finally {
      if (this.#stream === stream) this.stop();
    }
  }

  /** Lets the camera go. */
  stop() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.#video.srcObject = null;
  }

  /** The next picture; between two the page has time for whoever holds it. */
  #frame() {
    return new Promise((next) => setTimeout(() => requestAnimationFrame(next), PAUSE));
  }
}
