import assert from "node:assert/strict";
import test, { mock } from "node:test";

const opened = [];
class Socket {
  static OPEN = 1;
  constructor(address) { Object.assign(this, { address, readyState: Socket.OPEN, sent: [] }); opened.push(this); }
  send(text) { this.sent.push(text); }
  close() { this.readyState = 3; this.onclose({ code: 1006 }); }
}

const link = async function () {
  mock.timers.enable({ apis: ["setInterval", "setTimeout"] });
  Object.assign(globalThis, { self: { location: { href: "https://vigie.test/console" } }, WebSocket: Socket });
  const { openLink } = await import("../../assets/worker/link.js");
  const told = [];
  opened.length = 0;
  openLink((type, body) => told.push([type, body]), { hello() {}, frame: (buffer) => told.push(["frame", buffer]), changed() {} });
  return { told, socket: opened[0] };
};

test("facts that come together go to the page as they came, and a new socket asks for what follows them", async () => {
  const { told, socket } = await link(), text = '{"t":"facts","seq":41,"items":[{"t":"alarm","seq":41,"body":{}},{"t":"alarm","seq":40,"body":{}}]}';
  socket.onmessage({ data: text });
  assert.deepEqual(told, [["text", { text }]]);
  socket.close();
  mock.timers.tick(60_000);
  assert.equal(new URL(opened[1].address).searchParams.get("since"), "41");
  mock.timers.reset();
});

test("a fact that comes alone and a frame are read here", async () => {
  const { told, socket } = await link(), frame = new ArrayBuffer(4);
  socket.onmessage({ data: '{"t":"alarm","seq":7,"body":{"id":1}}' });
  socket.onmessage({ data: frame });
  assert.deepEqual(told, [["message", { message: { t: "alarm", seq: 7, body: { id: 1 } } }], ["frame", frame]]);
  mock.timers.reset();
});
