// Vector tiles of lines and areas, asked of our own server and read with Mapbox's decoder (vendor.py).
import PbfReader from "/assets/vendor/tiles/pbf.js";
import { VectorTile } from "/assets/vendor/tiles/vector-tile.js";

const POINT = 1, AREA = 3;

// Promise of the features of a tile: [{id, channel "layer:commune", slot, isArea, rings: [[x, y, x, y, …] in tile units]}], [] where there is none.
export async function fetchTile(z, x, y) {
  const answer = await fetch(new URL(`/tiles/assets/${z}/${x}/${y}.mvt`, self.location.href));
  if (answer.status === 204) return [];
  if (!answer.ok) throw new Error(`the lines and areas are refused: ${answer.status}`);
  return read(await answer.arrayBuffer());
}

function read(buffer) {
  const { layers } = new VectorTile(new PbfReader(buffer)), found = [];
  for (const channel of Object.keys(layers)) {
    const layer = layers[channel];
    for (let i = 0; i < layer.length; i++) {
      const feature = layer.feature(i);
      if (feature.type === POINT) continue;
      found.push({ id: feature.id, channel, slot: feature.properties.slot, isArea: feature.type === AREA, rings: feature.loadGeometry().map((ring) => Int32Array.from(ring.flatMap(({ x, y }) => [x, y]))) });
    }
  }
  return found;
}
