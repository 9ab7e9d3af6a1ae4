// Reads the binary messages of docs/live-protocol.md §4 and §5. Pure: bytes in, typed arrays out.
export const DELTA = 1, FULL = 2, PROTOCOL = 1;
const HEAD = 32, SECTION = 8, CHANNEL = 16;
const FORMAT = 1;

// A DELTA or FULL frame: {kind, layout, seq, at, oldest, sections: [{channel, count, slots (DELTA), looks}]}; the arrays are views on the message.
export function frame(buffer) {
  const data = new DataView(buffer);
  if (data.getUint8(1) !== PROTOCOL) throw new Error(`the server speaks protocol ${data.getUint8(1)}, this page ${PROTOCOL}: reload it`);
  const kind = data.getUint8(0), sections = [];
  let at = HEAD;
  for (let left = data.getUint16(2, true); left > 0; left--) {
    const channel = data.getUint16(at, true), count = data.getUint32(at + 4, true);
    const body = at + SECTION, slotBytes = kind === DELTA ? 4 * count : 0;
    sections.push({ channel, count, slots: kind === DELTA ? new Uint32Array(buffer, body, count) : null, looks: new Uint8Array(buffer, body + slotBytes, count) });
    at = body + Math.ceil((slotBytes + count) / 8) * 8;
  }
  return { kind, layout: data.getUint32(4, true), seq: data.getUint32(8, true), at: data.getFloat64(16, true), oldest: data.getFloat64(24, true), sections };
}

// The positions: {layout, count, x, y, ids, kinds, layers, channels: Map number → {layer, commune, size, first}}.
export function positions(buffer) {
  const data = new DataView(buffer);
  if (data.getUint32(0, true) !== 0x504d4756 || data.getUint16(4, true) !== FORMAT) throw new Error("the map's snapshot is of another format: reload the page");
  const channelCount = data.getUint16(6, true), count = data.getUint32(12, true), words = data.getUint32(16, true), quantum = data.getUint32(20, true);
  const channels = new Map();
  for (let i = 0, at = HEAD; i < channelCount; i++, at += CHANNEL) {
    channels.set(data.getUint16(at, true), { layer: data.getUint8(at + 2), commune: data.getInt32(at + 4, true), size: data.getUint32(at + 8, true), first: data.getUint32(at + 12, true) });
  }
  const dictionary = HEAD + channelCount * CHANNEL;
  const layers = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, dictionary, words))).layers;
  let at = dictionary + Math.ceil(words / 4) * 4;
  const column = (shift) => {
    const found = unfold(new Uint8Array(buffer, at, 4 * count), count, shift);
    at += 4 * count;
    return found;
  };
  const x = column(quantum), y = column(quantum), ids = column(0);
  return { layout: data.getUint32(8, true), count, x, y, ids, kinds: new Uint8Array(buffer, at, count).slice(), layers, channels };
}

// Byte planes of zig-zag differences → Int32Array.
function unfold(planes, count, shift) {
  const values = new Int32Array(count);
  for (let i = 0, value = 0; i < count; i++) {
    const d = planes[i] | (planes[count + i] << 8) | (planes[2 * count + i] << 16) | (planes[3 * count + i] << 24);
    value = (value + ((d >>> 1) ^ -(d & 1))) | 0;
    values[i] = value << shift;
  }
  return values;
}
