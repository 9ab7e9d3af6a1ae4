// The worker of the page of the past: the same engine, turned by hand.
import { begin } from "./engine.js";
import { openPast } from "./reel.js";

const take = begin((type, body, transfer = []) => self.postMessage({ type, ...body }, transfer), openPast);
self.onmessage = ({ data }) => take(data);
