/* The reader draws a digit, and three runtimes answer. Nothing is fetched before the reader asks for it. */
(() => {
  const place = document.querySelector(".draw");
  if (!place) return;
  const said = JSON.parse(document.currentScript.dataset.words);
  const say = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const [paper, view] = place.querySelectorAll("canvas");
  const status = place.querySelector(".draw-status");
  const load = place.querySelector(".draw-load");
  const SIDE = paper.width;
  const CELL = SIDE / 8;
  const pen = paper.getContext("2d", { willReadFrequently: true });
  Object.assign(pen, { lineWidth: 24, lineCap: "round", lineJoin: "round" });
  const models = {}; // framework to { name, ask }
  const runtimes = { keras: "LiteRT.js", tensorflow: "TensorFlow.js", pytorch: "onnxruntime-web" };
  let seen = new Float32Array(64);

  /* The chapter's `levels`: ink found, fitted into 32 × 32 dots, counted in blocks of 4 × 4. Whole numbers only. */
  function levels(pixels) {
    const ink = (row, column) => pixels[4 * (row * SIDE + column) + 3] >= 128;
    let [top, bottom, left, right] = [SIDE, -1, SIDE, -1];
    for (let row = 0; row < SIDE; row++)
      for (let column = 0; column < SIDE; column++)
        if (ink(row, column)) {
          top = Math.min(top, row);
          bottom = row;
          left = Math.min(left, column);
          right = Math.max(right, column);
        }
    const counts = new Float32Array(64);
    if (bottom < 0) return counts;
    const height = bottom - top + 1;
    const width = right - left + 1;
    const wide = Math.min(32, Math.ceil((32 * width) / height));
    const margin = Math.floor((32 - wide) / 2);
    for (let i = 0; i < 32; i++)
      for (let j = 0; j < wide; j++) {
        const row = top + Math.floor(((2 * i + 1) * height) / 64);
        const column = left + Math.floor(((2 * j + 1) * width) / (2 * wide));
        if (ink(row, column)) counts[8 * (i >> 2) + ((margin + j) >> 2)]++;
      }
    return counts;
  }

  /* Show what the models see, and let those that are loaded answer. */
  function show(counts) {
    seen = counts;
    const brush = view.getContext("2d");
    const image = brush.createImageData(8, 8);
    counts.forEach((count, at) => image.data.set([0, 0, 0, Math.round((255 * count) / 16)], 4 * at));
    brush.putImageData(image, 0, 0);
    const drawn = counts.some((count) => count);
    view.setAttribute("aria-label", drawn ? say(said.counts, { counts: counts.join(" ") }) : said.empty);
    return answer();
  }

  let asked = 0;
  async function answer() {
    const number = ++asked;
    const found = {};
    for (const [framework, model] of Object.entries(models)) {
      const probabilities = await model.ask(seen);
      if (number !== asked) return; // another stroke has come
      found[framework] = probabilities;
      place.querySelectorAll(`[data-framework="${framework}"] li`).forEach((line, digit) => {
        line.style.setProperty("--share", probabilities[digit]);
        line.lastElementChild.textContent = probabilities[digit].toFixed(3);
      });
    }
    if (Object.keys(found).length) status.textContent = verdict(found);
  }

  function verdict(found) {
    if (!seen.some((count) => count)) return said.empty;
    const best = Object.entries(found).map(([name, p]) => [runtimes[name], p.indexOf(Math.max(...p))]);
    const same = best.every(([, digit]) => digit === best[0][1]);
    if (best.length === 1) return say(said.one, { name: best[0][0], digit: best[0][1] });
    if (!same) return say(said.disagree, { verdicts: best.map((one) => one.join(" ")).join(", ") });
    const all = Object.values(found);
    const apart = Math.max(...[...all[0].keys()].map((d) => Math.max(...all.map((p) => p[d])) - Math.min(...all.map((p) => p[d]))));
    return say(said.agree, { n: best.length, digit: best[0][1], apart: apart.toExponential(0) });
  }

  /* Drawing, by pointer and by keyboard. */
  let sample = false; // what is on the paper is a sample: a new stroke starts on an empty one
  function clear() {
    sample = false;
    pen.clearRect(0, 0, SIDE, SIDE);
  }
  const read = () => show(levels(pen.getImageData(0, 0, SIDE, SIDE).data));
  const at = (event) => {
    const box = paper.getBoundingClientRect();
    return [((event.clientX - box.left) * SIDE) / box.width, ((event.clientY - box.top) * SIDE) / box.height];
  };
  let last = null;
  paper.addEventListener("pointerdown", (event) => {
    if (sample) clear();
    paper.setPointerCapture(event.pointerId);
    last = at(event);
    stroke(event);
  });
  paper.addEventListener("pointermove", (event) => last && stroke(event));
  for (const end of ["pointerup", "pointercancel"]) paper.addEventListener(end, () => (last = null));
  function stroke(event) {
    pen.beginPath();
    pen.moveTo(...last);
    last = at(event);
    pen.lineTo(...last);
    pen.stroke();
    read();
  }
  const square = { column: 3, row: 3 };
  const mark = () => {
    paper.style.setProperty("--column", square.column);
    paper.style.setProperty("--row", square.row);
  };
  const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const inside = (n) => Math.max(0, Math.min(7, n));
  mark();
  paper.addEventListener("keydown", (event) => {
    if (moves[event.key]) {
      square.column = inside(square.column + moves[event.key][0]);
      square.row = inside(square.row + moves[event.key][1]);
      mark();
    } else if (event.key === " ") {
      if (sample) clear();
      pen.fillRect(square.column * CELL, square.row * CELL, CELL, CELL);
      read();
    } else if (event.key === "Delete" || event.key === "Backspace") {
      clear();
      read();
    } else return;
    event.preventDefault();
  });
  place.querySelector(".draw-clear").addEventListener("click", () => {
    clear();
    read();
  });

  /* Images of the test set: exactly the counts that Python had. */
  function take(counts) {
    clear();
    sample = true;
    counts.forEach((count, n) => {
      pen.globalAlpha = count / 16;
      pen.fillRect((n % 8) * CELL, Math.floor(n / 8) * CELL, CELL, CELL);
    });
    pen.globalAlpha = 1;
    return show(Float32Array.from(counts));
  }

  /* The three runtimes. Each loader gives a function from 64 counts to ten probabilities, which frees what it used. */
  const absolute = (path) => new URL(path, location.href).href;
  const folders = JSON.parse(place.dataset.folders);
  const library = (name, path) => absolute(`${place.dataset.runtimes}${folders[name]}/${path}`);
  const script = (address) =>
    new Promise((resolve, reject) => {
      const element = Object.assign(document.createElement("script"), { src: address, onload: resolve });
      element.onerror = () => reject(new Error(address));
      document.head.append(element);
    });
  const loaders = {
    async keras(file) {
      const core = library("@litertjs/core", "dist/index.js");
      const map = { imports: { "@litertjs/wasm-utils": library("@litertjs/wasm-utils", "dist/index.js") } };
      document.head.append(Object.assign(document.createElement("script"), { type: "importmap", textContent: JSON.stringify(map) }));
      const { loadLiteRt, loadAndCompile, Tensor } = await import(core);
      self.Module = { printErr() {} }; // it reports every step as an error
      await loadLiteRt(library("@litertjs/core", "wasm/"));
      const model = await loadAndCompile(file("digits.tflite"), { accelerator: "wasm" });
      return async (counts) => {
        const input = new Tensor(counts, [1, 64]);
        const [output] = await model.run([input]);
        const found = Array.from(await output.data());
        input.delete();
        output.delete();
        return found;
      };
    },
    async tensorflow(file) {
      for (const part of ["core", "converter", "backend-cpu"])
        await script(library(`@tensorflow/tfjs-${part}`, `dist/tf-${part}.es2017.min.js`));
      await tf.setBackend("cpu");
      const model = await tf.loadGraphModel(file("model.json"));
      return async (counts) => {
        const output = tf.tidy(() => model.predict(tf.tensor2d(counts, [1, 64])));
        const found = Array.from(await output.data());
        output.dispose();
        return found;
      };
    },
    async pytorch(file) {
      const ort = await import(library("onnxruntime-web", "dist/ort.wasm.min.mjs"));
      ort.env.wasm.wasmPaths = library("onnxruntime-web", "dist/");
      ort.env.wasm.numThreads = 1; // more need headers that not every server sends
      const session = await ort.InferenceSession.create(file("digits.onnx"), { executionProviders: ["wasm"] });
      return async (counts) => {
        const input = new ort.Tensor("float32", counts, [1, 64]);
        const { probabilities } = await session.run({ pixels: input });
        const found = Array.from(probabilities.data);
        input.dispose();
        probabilities.dispose();
        return found;
      };
    },
  };

  async function start() {
    load.disabled = true;
    const wrong = [];
    for (const [framework, loader] of Object.entries(loaders)) {
      const name = runtimes[framework];
      status.textContent = say(said.loading, { name });
      try {
        if (framework !== "tensorflow" && typeof WebAssembly !== "object") throw new Error(say(said.unsupported, { name }));
        models[framework] = { name, ask: await loader((file) => absolute(`${place.dataset.models}${framework}/${file}`)) };
      } catch (error) {
        wrong.push(say(said.failed, { name, why: error.message || error }));
        const note = Object.assign(document.createElement("p"), { textContent: wrong.at(-1) });
        place.querySelector(`[data-framework="${framework}"] ol`).replaceWith(note);
      }
    }
    const kept = await (await fetch(`${place.dataset.models}keras/examples.json`)).json();
    place.querySelectorAll(".draw-samples button").forEach((button, digit) => {
      button.disabled = false;
      button.addEventListener("click", () => take(kept.counts[kept.digits.indexOf(digit)]));
    });
    await answer();
    if (!seen.some((count) => count)) status.textContent = Object.keys(models).length ? said.ready : wrong.join(" ");
  }
  if (load && location.protocol === "file:") {
    load.disabled = true;
    status.textContent = said.folder;
  } else load?.addEventListener("click", start);
  place.drawing = { levels, models, take }; // for tests, and for the curious
})();
