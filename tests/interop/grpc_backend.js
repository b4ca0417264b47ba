// SPDX-License-Identifier: GPL-3.0-or-later
// grpc-js as the server behind the engine: runtime.js in the place of the runtime.
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {check, expect, finish, same, startEngine, until} from './harness.js';

const runtime = join(dirname(fileURLToPath(import.meta.url)), 'runtime.js');
const numbers = (count) => Array.from({length: count}, (_, index) => index % 997);

/** A tensor call by KServe's REST: {status, body}. */
async function infer(engine, model, rows = 1, first = 0, signal = undefined)
{
    const data = numbers(rows * 16);
    data[0] = first;
    const answer = await fetch(`http://${engine.http}/v2/models/${model}/infer`, {
        method: 'POST',
        signal,
        body: JSON.stringify({inputs: [{name: 'values', datatype: 'FP32', shape: [rows, 16], data}]}),
    });
    return {status: answer.status, body: await answer.json()};
}

async function withEngine(environment, body)
{
    Object.assign(process.env, environment);
    const engine = await startEngine(['--runtime', runtime]);
    try {
        await until(async () => (await fetch(`http://${engine.http}/v2/health/ready`)).ok);
        await body(engine);
    } finally {
        for (const name of Object.keys(environment)) delete process.env[name];
        await check('… the stop is clean', async () => same(await engine.stop(), 0, 'exit code'));
    }
}

await withEngine({}, async (engine) => {
    await check('grpc-js answers a tensor call', async () => {
        const answer = await infer(engine, 'echo', 1, 41);
        same(answer.status, 200, JSON.stringify(answer.body));
        same(answer.body.outputs[0].data[0], 41, 'first number');
    });
    await check('1,000 calls, 100 at a time: each has its own answer', async () => {
        let next = 0;
        await Promise.all(Array.from({length: 100}, async () => {
            for (let index; (index = next++) < 1000;) {
                const answer = await infer(engine, 'echo', 1, index);
                same(answer.status, 200, JSON.stringify(answer.body));
                same(answer.body.outputs[0].data[0], index, 'first number');
            }
        }));
    });
    await check('2 MiB there and back', async () => {
        const answer = await infer(engine, 'large', 32_768);
        same(answer.status, 200, JSON.stringify(answer.body).slice(0, 300));
        same(answer.body.outputs[0].data.length, 32_768 * 16, 'numbers');
    });
    await check('an error of the backend reaches the client with its words', async () => {
        const answer = await infer(engine, 'failing');
        expect(answer.status >= 429, `status ${answer.status}`);
        expect(JSON.stringify(answer.body).includes('no memory left for größe 100 %'), JSON.stringify(answer.body));
    });
    await check('clients that hang up leave nothing', async () => {
        await Promise.all(Array.from({length: 60}, () => infer(engine, 'slow', 1, 0, AbortSignal.timeout(20)).catch(() => {})));
        await until(async () => await engine.metric('millrace_requests_in_flight') === 0 &&
                                await engine.metric('millrace_batch_in_flight') === 0);
        same((await infer(engine, 'echo')).status, 200, 'status of the next call');
    });
    await check('a backend that dies in a call is told, started again, and serves', async () => {
        const answer = await infer(engine, 'resetting');
        expect(answer.status >= 500, `status ${answer.status}`);
        await until(async () => (await infer(engine, 'echo')).status === 200);
    });
});

await withEngine({INTEROP_AGE_MS: '150'}, async (engine) => {
    await check('connections that are told to go (GOAWAY) while calls are in flight lose none', async () => {
        const end = Date.now() + 3000;
        let calls = 0;
        await Promise.all(Array.from({length: 20}, async () => {
            while (Date.now() < end) {
                const answer = await infer(engine, calls++ % 10 ? 'echo' : 'slow', 1, 7);
                same(answer.status, 200, `call ${calls}: ${JSON.stringify(answer.body)}`);
            }
        }));
        expect(calls > 100, `${calls} calls`);
    });
});

await withEngine({INTEROP_STREAMS: '2'}, async (engine) => {
    await check('a server that takes two streams a connection: 200 calls at once are all answered', async () => {
        const answers = await Promise.all(Array.from({length: 200}, (_, index) => infer(engine, 'slow', 1, index)));
        answers.forEach((answer, index) => same(answer.body.outputs?.[0].data[0], index, JSON.stringify(answer.body)));
    });
});

finish();
