// Node's redis: commands, pipelines, transactions, publish and subscribe, observed records.
const assert = require('node:assert');
const { createClient } = require('redis');

const hang = setTimeout(() => { throw new Error('it hangs'); }, 50_000);

async function main() {
  const redis = createClient({ socket: { path: process.env.OCTOPUS_SOCKET }, name: 'node' });
  redis.on('error', (error) => { throw error; });
  await redis.connect();
  assert.equal(await redis.set('object1', '{ weight: 20 }'), 'OK');
  assert.equal(await redis.get('object1'), 'object1 { weight: 20 }');
  assert.equal(await redis.get('object2'), null);
  assert.equal(await redis.set('object1', '{}', { NX: true }), null);
  assert.equal(await redis.exists(['object1', 'object2']), 1);
  assert.deepEqual(
    await redis.sendCommand(['FIND', '_ { weight > 19 }']), ['object1 { weight: 20 }']);
  assert.equal(await redis.clientGetName(), 'node');
  assert.match(await redis.info(), /loading:0/);
  await assert.rejects(redis.get('{'), /^Error: SYNTAX expected a name/);

  const names = await Promise.all(
    Array.from({ length: 100 }, () => redis.sendCommand(['SETSEQ', 'job_', '{ n: 1 }'])));
  assert.deepEqual(names, Array.from({ length: 100 }, (_, n) => `job_${n}`));
  assert.deepEqual(await redis.multi().del('object1').dbSize().exec(), [1, 100]);

  const heard = [];
  const subscriber = redis.duplicate();
  await subscriber.connect();
  await new Promise((done) => {
    const listen = async () => {
      await subscriber.subscribe('_ { level > 2 }', (record) => heard.push(record));
      for (const level of [1, 2, 3, 4]) await redis.publish('log', `{ level: ${level} }`);
      await subscriber.pSubscribe("r'^lamp'", async (record, kind) => {
        heard.push(kind === 'synced' ? kind : `${kind} ${record}`);
        if (kind === 'synced') await redis.set('lamp', '{ on: true }');
        if (kind === 'set') await redis.del('lamp');
        if (kind === 'del') done();
      });
    };
    listen();
  });
  assert.deepEqual(heard, [
    'log { level: 3 }', 'log { level: 4 }', 'synced', 'set lamp { on: true }',
    'del lamp { on: true }',
  ]);
  await subscriber.quit();
  await redis.quit();
  clearTimeout(hang);
}

main();
