// Codes of certificates in pictures and before the camera, read here: no picture leaves the browser. What is found is a
// text, and never an address to open.

const PREFIX = "SND1:";
const SIDE_AT_MOST = 3000; // pixels: a larger picture is made smaller before it is looked at
const SMALLER = 1400;
const PAUSE = 80; // milliseconds
const OPTIONS = { formats: ["QRCode"], tryHarder: true, tryRotate: true, tryInvert: true, maxNumberOfSymbols: 4 };

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
