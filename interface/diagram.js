/* The network's diagram: of each block the points that compute, in rows and lanes, and the ways between them. */

const LANE = 15, ROW = 20, EDGE = 9;  // pixels: between two lanes, between two rows, to the left of the first lane

const isAlike = (one, other) => one.width === other.width && one.map_size === other.map_size;
const computes = ({ kind }) => /Conv|Dense|Pool/.test(kind);

/** A model's layers as blocks, each with the points that lead to its station, the last of them. */
export function blocksOf({ layers }) {
  const takers = Map.groupBy(layers.flatMap((layer) => layer.sources.map((source) => ({ source, layer }))), ({ source }) => source);
  const pointOf = new Map(), blocks = new Map();
  for (const layer of layers) {
    if (!layer.block) continue;
    const before = layer.sources.length === 1 ? pointOf.get(layer.sources[0]) : null;
    const joins = before && before.block === layer.block && takers.get(layer.sources[0]).length === 1 && !computes(layer)
      && (!layer.visualizable || !before.layer || isAlike(before.layer, layer));
    const point = joins ? before : { block: layer.block, branch: layer.branch, sources: layer.sources, layer: null };
    if (layer.visualizable) point.layer = layer;
    pointOf.set(layer.name, point);
    if (!blocks.has(layer.block)) blocks.set(layer.block, []);
    if (!joins && layer.sources.length) blocks.get(layer.block).push(point);
  }
  return [...blocks.values()].map((points) => {
    for (const point of points) point.from = [...new Set(point.sources.map((name) => pointOf.get(name)))].map((each) => (points.includes(each) ? each : null));
    return arranged(points);
  });
}

/** Give each point of a block its row and lane, and each way its lane; null stands for the station before. */
function arranged(points) {
  const rowOf = (point) => point?.row ?? 0;
  for (const point of points) point.row = 1 + Math.max(...point.from.map(rowOf));
  let stretch = [], lanes = 1;
  for (const point of points) {
    if (point.branch !== null) { stretch.push(point); continue; }
    const passes = point.from.some((from) => !stretch.includes(from) && rowOf(from) < point.row - 1);
    lanes = Math.max(lanes, spread(stretch, passes ? 1 : 0));
    stretch = [];
    point.lane = 0;
  }
  spread(stretch, 0);
  const ways = points.flatMap((to) => to.from.map((from) => ({ from, to, lane: from?.lane ?? 0 })));
  const isFree = (lane, low, high) => !points.some((point) => point.lane === lane && point.row > low && point.row < high);
  for (const way of ways) {
    if (way.to.row - rowOf(way.from) < 2 || isFree(way.lane, rowOf(way.from), way.to.row)) continue;
    way.lane = isFree(way.to.lane, rowOf(way.from), way.to.row) ? way.to.lane : lanes++;
  }
  const station = points.at(-1);
  return { station: station.layer, points: points.slice(0, -1), ways, lanes, rows: station.row, branches: branchesOf(points) };
}

/** Put the points of branches into lanes, from that one on; returns how many lanes there are then. */
function spread(stretch, begin) {
  let lanes = begin;
  const branches = [...Map.groupBy(stretch, (point) => point.branch)].sort(([one], [other]) => one - other);
  for (const [, branch] of branches) {
    const ends = [];  // the last point of each lane
    for (const point of branch) {
      const on = ends.findIndex((end) => point.from.includes(end));
      const lane = on < 0 ? ends.length : on;
      ends[lane] = point;
      point.lane = lanes + lane;
    }
    lanes += ends.length;
  }
  return Math.max(lanes, 1);
}

/** How many ways lie side by side in a block, a way that passes all layers counted. */
function branchesOf(points) {
  const numbers = new Set(points.map((point) => point.branch).filter((branch) => branch !== null));
  const shortcuts = points.filter((point) => point.from.length > 1 && point.branch === null && point.from.some((from) => (from?.branch ?? null) === null)).length;
  return numbers.size + shortcuts;
}

export const xOf = (lane) => EDGE + lane * LANE;
export const yOf = (row) => row * ROW;

/** The line of a way, as SVG has it. */
export function lineOf({ from, to, lane }) {
  const [x, y] = [xOf(from?.lane ?? 0), yOf(from?.row ?? 0)], [across, end, down] = [xOf(lane), xOf(to.lane), yOf(to.row)];
  if (to.row - (from?.row ?? 0) < 2) return `M${x} ${y}C${x} ${y + ROW / 2} ${end} ${down - ROW / 2} ${end} ${down}`;
  return `M${x} ${y}C${x} ${y + ROW / 2} ${across} ${y + ROW / 2} ${across} ${y + ROW}V${down - ROW}C${across} ${down - ROW / 2} ${end} ${down - ROW / 2} ${end} ${down}`;
}

/** How large the point of a layer is drawn. */
export const radiusOf = (layer) => Math.min(2.2 + Math.sqrt(layer.width) / 12, 6);
