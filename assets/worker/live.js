// The live worker: one per tab. The page only sends views and receives messages and bitmaps.
import { begin } from "./engine.js";

const take = begin((type, body, transfer = []) => self.postMessage({ type, ...body }, transfer));
self.onmessage = ({ data }) => take(data);
