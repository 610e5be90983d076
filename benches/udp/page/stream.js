// A stream of datagrams from a page to a page, as the variable `BENCH` says: `role=recv&port=PORT`
// receives until nothing comes any more, `role=send&port=PORT&bytes=BYTES&seconds=SECONDS` sends.

import { exit } from 'oro:application';
import { createSocket } from 'oro:dgram';
import { call } from 'oro:ipc';
import { env } from 'oro:process';

const SILENCE_MS = 400;
const BATCH = 64;

const params = new URLSearchParams(env.BENCH);
const number = (name) => Number(params.get(name));
const print = (value) => call('bench.print', { text: JSON.stringify(value) });
const socket = createSocket('udp4');

function receive() {
  let [count, told, first, changed] = [0, -1, 0, 0];
  socket.on('message', () => {
    if (count === 0) first = performance.now();
    count += 1;
  });
  socket.bind(number('port'), '127.0.0.1', () => print({ ready: true }));
  const watch = async () => {
    const now = performance.now();
    if (count !== told) [told, changed] = [count, now];
    else if (count > 0 && now - changed > SILENCE_MS) {
      await print({ received: count, pps: (count / (changed - first)) * 1000 });
      return exit(0);
    }
    setTimeout(watch, 20);
  };
  watch();
}

function send() {
  const payload = new Uint8Array(number('bytes')).fill(65);
  let sent = 0;
  socket.connect(number('port'), '127.0.0.1', async () => {
    await print({ ready: true });
    const begun = performance.now();
    const ends = begun + number('seconds') * 1000;
    const batch = async () => {
      const now = performance.now();
      if (now > ends) {
        await print({ sent, pps: (sent / (now - begun)) * 1000 });
        return exit(0);
      }
      for (let n = 1; n < BATCH; n += 1) socket.send(payload);
      sent += BATCH;
      socket.send(payload, batch);
    };
    batch();
  });
}

if (params.get('role') === 'recv') receive();
else send();
