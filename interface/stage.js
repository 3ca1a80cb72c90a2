/* A picture on a stage: it fills it, is zoomed and moved by pointer, fingers and keys; something may lie over it. */

import { listenToKeys, listenToPointers, movingKeys, moveView, zoomView } from "../image_machines/atlas/maps/parts/plane.js";
import { make } from "./dom.js";

const CLOSEST = 8;  // times larger than in its file, or than as a whole, a picture gets at most

export class Stage {
  #view = { x: 0, y: 0, scale: 1 };
  #whole = 1;  // the scale at which the picture just fits
  #changed;

  /** `changed(scale, isWhole)` is told how large the picture is seen, beside the pixels of its file. */
  constructor(label, alt, changed) {
    this.#changed = changed;
    this.image = make("img", { alt, draggable: false });
    this.plane = make("div", { className: "plane" }, this.image);
    this.element = make("div", { className: "stage", tabIndex: 0, role: "application", ariaLabel: label }, this.plane);
    const { "+": larger, "=": equal, "-": smaller, 0: all, ...arrows } = movingKeys(this);
    this.keys = { "+": larger, "=": equal, "-": smaller, 0: all };  // for whatever the stage stands in
    listenToKeys(this.element, arrows);
    listenToPointers(this.element, {
      move: this.move,
      zoom: (factor, x, y) => this.#zoomTo(this.#view.scale * factor, x, y),
      tap: (x, y) => (this.#isWhole ? this.#zoomTo(Math.max(1, this.#whole * 2), x, y) : this.show()),
    });
    new ResizeObserver(() => this.#measure()).observe(this.element);
  }

  move = (x, y) => { moveView(this.#view, x, y); this.#draw(); };
  show = () => { this.#view.scale = this.#whole; this.#draw(); };
  zoomBy = (factor) => this.#zoomTo(this.#view.scale * factor, this.element.clientWidth / 2, this.element.clientHeight / 2);

  /** Show a file; one with more pixels takes the place of a smaller one where that lies. */
  async load(address) {
    await Object.assign(new Image(), { src: address }).decode();
    const before = this.image.naturalWidth;
    this.image.src = address;
    await this.image.decode();
    const ratio = before ? this.image.naturalWidth / before : 1, view = this.#view;
    this.#whole /= ratio;
    Object.assign(view, { x: view.x * ratio, y: view.y * ratio, scale: view.scale / ratio });
    this.#measure();
  }

  get #isWhole() { return this.#view.scale <= this.#whole * 1.001; }

  /** Across and down: what is seen of the stage, and the picture's length in its own pixels. */
  get #sizes() {
    const { element, image } = this;
    return [[element.clientWidth, image.naturalWidth || 1], [element.clientHeight, image.naturalHeight || 1]];
  }

  #zoomTo(scale, x, y) {
    zoomView(this.#view, Math.min(Math.max(scale, this.#whole), Math.max(CLOSEST, CLOSEST * this.#whole)), x, y);
    this.#draw();
  }

  /** Measure the stage anew; what was seen whole stays whole. */
  #measure() {
    if (!this.element.clientWidth || !this.element.clientHeight) return;
    const wasWhole = this.#isWhole;
    this.#whole = Math.min(...this.#sizes.map(([seen, length]) => seen / length));
    if (wasWhole || this.#view.scale < this.#whole) this.#view.scale = this.#whole;
    this.#draw();
  }

  #draw() {
    const { scale } = this.#view, [across, down] = this.#sizes;
    const x = this.#view.x = this.#begin(this.#view.x, across), y = this.#view.y = this.#begin(this.#view.y, down);
    this.plane.style.cssText = `left:${-x * scale}px;top:${-y * scale}px;width:${across[1] * scale}px;height:${down[1] * scale}px`;
    this.#changed(scale, this.#isWhole);
  }

  /** Where the view may begin along a side: the picture fills it, or lies in its middle. */
  #begin(wanted, [seen, length]) {
    const beyond = length - seen / this.#view.scale;
    return beyond <= 0 ? beyond / 2 : Math.min(Math.max(wanted, 0), beyond);
  }
}
