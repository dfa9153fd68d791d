/* The reader draws a digit, and three runtimes answer. Nothing is fetched before the reader asks for it. */
(() => {
  const place = document.querySelector(".draw");
  if (!place) return;
  const said = JSON.parse(document.currentScript.dataset.words);
  const say = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const [paper, view] = place.querySelectorAll("canvas");
  const samples = [...place.querySelectorAll(".draw-samples button")];
  const status = place.querySelector(".draw-status");
  const load = place.querySelector(".draw-load");
  const SIDE = paper.width;
  const CELL = SIDE / 8;
  const pen = paper.getContext("2d", { willReadFrequently: true });
  Object.assign(pen, { lineWidth: 24, lineCap: "round", lineJoin: "round" });
  const models = {}; // framework to a function from 64 counts to ten probabilities
  const panel = (framework) => place.querySelector(`[data-framework="${framework}"]`);
  const runtime = (framework) => panel(framework).querySelector(".draw-name span").textContent;
  let seen = new Float32Array(64);
  let sample = null; // the image of the test set that is on the paper: a new stroke starts on an empty one

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
    if (!drawn) empty();
    return answer();
  }

  const tell = (text) => (status.textContent = sample ? `${say(said.meant, sample)} ${text}` : text);
  function empty() {
    for (const line of place.querySelectorAll(".draw-answers li")) {
      line.style.removeProperty("--share");
      line.lastElementChild.textContent = "–";
    }
  }

  let asked = 0;
  async function answer() {
    const number = ++asked;
    const found = {};
    if (!seen.some((count) => count)) return (status.textContent = said.empty);
    if (!Object.keys(models).length) return tell(load ? said.first : "");
    for (const [framework, ask] of Object.entries(models)) {
      const probabilities = await ask(seen);
      if (number !== asked) return; // another stroke has come
      found[framework] = probabilities;
      panel(framework).querySelectorAll("li").forEach((line, digit) => {
        line.style.setProperty("--share", probabilities[digit]);
        line.lastElementChild.textContent = probabilities[digit].toFixed(3);
      });
    }
    tell(verdict(found));
  }

  function verdict(found) {
    const best = Object.entries(found).map(([framework, p]) => [runtime(framework), p.indexOf(Math.max(...p))]);
    const same = best.every(([, digit]) => digit === best[0][1]);
    if (best.length === 1) return say(said.one, { name: best[0][0], digit: best[0][1] });
    if (!same) return say(said.disagree, { verdicts: best.map((one) => one.join(" ")).join(", ") });
    const apart = (all) => Math.max(...all[0].map((_, d) => Math.max(...all.map((p) => p[d])) - Math.min(...all.map((p) => p[d])))).toExponential(0);
    const all = Object.values(found);
    const agreed = say(said.agree, { n: best.length, digit: best[0][1], apart: apart(all) });
    return sample ? `${agreed} ${say(said.python, { apart: apart([...all, sample.python]) })}` : agreed;
  }

  /* Drawing, by pointer and by keyboard. */
  function clear() {
    sample = null;
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
    pen.beginPath();
    pen.arc(...last, pen.lineWidth / 2, 0, 7);
    pen.fill();
    read();
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
    for (const [side, at] of Object.entries(square)) paper.parentElement.style.setProperty(`--${side}`, at);
  };
  const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const inside = (n) => Math.max(0, Math.min(7, n));
  mark();
  paper.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    event.stopPropagation(); // the page's own keys are off here
    if (moves[event.key]) {
      square.column = inside(square.column + moves[event.key][0]);
      square.row = inside(square.row + moves[event.key][1]);
      mark();
    } else if (event.key === " ") {
      if (sample) clear();
      const [x, y] = [square.column * CELL, square.row * CELL];
      const inked = pen.getImageData(x + CELL / 2, y + CELL / 2, 1, 1).data[3];
      pen[inked ? "clearRect" : "fillRect"](x, y, CELL, CELL);
      read();
    } else if (/^\d$/.test(event.key)) {
      samples[event.key].click();
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

  /* Images of the test set: exactly the counts that Python had, and what it answered. */
  let kept = null;
  async function choose(digit) {
    kept ||= fetch(`${place.dataset.models}keras/examples.json`).then((file) => file.json());
    const images = await kept.catch(() => (kept = null));
    if (!images) return (status.textContent = said.lost);
    const { counts, digits, probabilities } = images;
    const at = digits.indexOf(digit);
    return take(counts[at], { digit, python: probabilities[at] });
  }
  samples.forEach((button, digit) => button.addEventListener("click", () => choose(digit)));
  function take(counts, image) {
    clear();
    sample = image;
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
      const cpu = { accelerator: "wasm" };
      await loadLiteRt(library("@litertjs/core", "wasm/"));
      const model = await loadAndCompile(file("digits.tflite"), cpu);
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
      const run = (counts) => model.predict(tf.tensor2d(counts, [1, 64]));
      return async (counts) => {
        const output = tf.tidy(() => run(counts));
        const found = Array.from(await output.data());
        output.dispose();
        return found;
      };
    },
    async pytorch(file) {
      const ort = await import(library("onnxruntime-web", "dist/ort.wasm.min.mjs"));
      ort.env.wasm.wasmPaths = library("onnxruntime-web", "dist/");
      ort.env.wasm.numThreads = 1; // more need headers that not every server sends
      const cpu = { executionProviders: ["wasm"] };
      const bytes = file("digits.onnx");
      const session = await ort.InferenceSession.create(bytes, cpu);
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
      const name = runtime(framework);
      status.textContent = say(said.loading, { name });
      try {
        if (framework !== "tensorflow" && typeof WebAssembly !== "object") throw new Error(say(said.unsupported, { name }));
        models[framework] = await loader((file) => absolute(`${place.dataset.models}${framework}/${file}`));
      } catch (error) {
        wrong.push(say(said.failed, { name, why: error.message || error }));
        const note = Object.assign(document.createElement("p"), { textContent: wrong.at(-1) });
        panel(framework).querySelector("ol").replaceWith(note);
      }
    }
    await answer();
    if (!seen.some((count) => count)) status.textContent = Object.keys(models).length ? said.ready : wrong.join(" ");
  }
  if (location.protocol === "file:") {
    for (const button of [...samples, ...(load ? [load] : [])]) button.disabled = true;
    status.textContent = said.folder;
  } else load?.addEventListener("click", start);
  place.drawing = { levels, models, take }; // for tests, and for the curious
})();
