// SPDX-License-Identifier: GPL-3.0-or-later
// grpc-js as a client of the engine.
import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';
import {check, expect, finish, same, startEngine, until} from './harness.js';

const protos = loader.loadSync(['inference.proto', 'health.proto'],
                               {includeDirs: [process.env.MILLRACE_PROTO], keepCase: true, longs: Number, enums: String});
const packages = grpc.loadPackageDefinition(protos);
const engine = await startEngine();
const limits = {'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1};
const client = new packages.inference.GRPCInferenceService(engine.grpc, grpc.credentials.createInsecure(), limits);
const health = new packages.grpc.health.v1.Health(engine.grpc, grpc.credentials.createInsecure());

/** The promise of one unary call: its answer, or its error as ServiceError. */
function call(method, request, options = {})
{
    return new Promise((resolve, reject) => {
        client[method](request, options, (error, answer) => error ? reject(error) : resolve(answer));
    });
}

async function failure(promise)
{
    try {
        await promise;
    } catch (error) {
        return error;
    }
    throw new Error('it succeeded');
}

const row = Buffer.from(new Float32Array(16).map((_, index) => index).buffer);
const infer = (id, rows = 1, model = 'synthetic-fast') => ({
    model_name: model,
    id,
    inputs: [{name: 'values', datatype: 'FP32', shape: [rows, 16]}],
    raw_input_contents: [Buffer.concat(Array(rows).fill(row))],
});

await check('the engine becomes ready', () => until(async () => (await call('ServerReady', {})).ready));

await check('health check: SERVING, and NOT_FOUND for a service that is not there', async () => {
    const ask = (service) => new Promise((resolve, reject) =>
        health.Check({service}, (error, answer) => error ? reject(error) : resolve(answer)));
    same((await ask('')).status, 'SERVING', 'status');
    same((await failure(ask('nobody'))).code, grpc.status.NOT_FOUND, 'code');
});

await check('metadata of a model', async () => {
    const answer = await call('ModelMetadata', {name: 'digits-s'});
    same(answer.inputs[0].name, 'pixels', 'input');
    same(answer.inputs[0].shape.join(), '-1,784', 'shape');
});

await check('one tensor call: its own id, shape and bytes', async () => {
    const answer = await call('ModelInfer', infer('one'));
    same(answer.id, 'one', 'id');
    same(answer.outputs[0].shape.join(), '1,16', 'shape');
    same(answer.raw_output_contents[0].length, row.length, 'bytes');
});

await check('500 calls at once on one connection: each has its own answer', async () => {
    const answers = await Promise.all(Array.from({length: 500}, (_, index) => call('ModelInfer', infer(`call ${index}`))));
    answers.forEach((answer, index) => same(answer.id, `call ${index}`, 'id'));
});

await check('a message of 4 MiB is taken whole; the model takes fewer rows, and the next call goes on', async () => {
    const refused = await failure(call('ModelInfer', infer('large', 65_536)));
    same(refused.code, grpc.status.INVALID_ARGUMENT, `code (${refused.details})`);
    same((await call('ModelInfer', infer('after'))).id, 'after', 'id of the next call');
});

await check('gzip: requests packed by the client', async () => {
    const packed = new packages.inference.GRPCInferenceService(
        engine.grpc, grpc.credentials.createInsecure(), {'grpc.default_compression_algorithm': 2});
    const answer = await new Promise((resolve, reject) =>
        packed.ModelInfer(infer('packed', 64), (error, value) => error ? reject(error) : resolve(value)));
    same(answer.outputs[0].shape.join(), '64,16', 'shape');
    packed.close();
});

await check('errors: unknown model, wrong tensor, each with words', async () => {
    const unknown = await failure(call('ModelInfer', infer('x', 1, 'nobody')));
    same(unknown.code, grpc.status.NOT_FOUND, 'code');
    expect(unknown.details.includes('nobody'), unknown.details);
    const wrong = infer('x');
    wrong.inputs[0].shape = [2, 16];
    const bad = await failure(call('ModelInfer', wrong));
    same(bad.code, grpc.status.INVALID_ARGUMENT, 'code');
    expect(bad.details.includes('raw_input_contents[0]'), bad.details);
});

await check('a deadline that is over is DEADLINE_EXCEEDED, and the engine has nothing left', async () => {
    const late = await failure(Promise.all(Array.from({length: 50}, () =>
        call('ModelInfer', infer('late', 256, 'synthetic-slow'), {deadline: Date.now() + 5}))));
    same(late.code, grpc.status.DEADLINE_EXCEEDED, 'code');
    await until(async () => await engine.metric('millrace_requests_in_flight') === 0);
});

await check('a call that is cancelled ends at the engine too', async () => {
    const reasons = await Promise.all(Array.from({length: 50}, () => new Promise((resolve) => {
        const under = client.ModelInfer(infer('gone', 256, 'synthetic-slow'), (error) => resolve(error?.code ?? 0));
        setTimeout(() => under.cancel(), 2);
    })));
    expect(reasons.some((code) => code === grpc.status.CANCELLED), `codes ${reasons}`);
    await until(async () => await engine.metric('millrace_requests_in_flight') === 0);
});

await check('ModelStreamInfer: 300 requests on one stream, an error among them, all answered', async () => {
    const seen = new Set();
    await new Promise((resolve, reject) => {
        const stream = client.ModelStreamInfer();
        stream.on('data', (answer) => seen.add(answer.infer_response.id));
        stream.on('error', reject);
        stream.on('end', resolve);
        for (let index = 0; index < 300; ++index)
            stream.write(infer(`stream ${index}`, 1, index === 150 ? 'nobody' : 'synthetic-fast'));
        stream.end();
    });
    same(seen.size, 300, 'answers');
});

await check('ModelStreamInfer: a client that cancels leaves nothing', async () => {
    const stream = client.ModelStreamInfer();
    stream.on('error', () => {});
    stream.on('data', () => {});
    for (let index = 0; index < 100; ++index) stream.write(infer(`left ${index}`, 256, 'synthetic-slow'));
    await new Promise((resolve) => setTimeout(resolve, 5));
    stream.cancel();
    await until(async () => await engine.metric('millrace_requests_in_flight') === 0);
});

await check('health watch: told when the engine drains; the stop is clean', async () => {
    const states = [];
    const watch = health.Watch({service: ''});
    watch.on('data', (answer) => states.push(answer.status));
    watch.on('error', () => {});
    await until(() => states.length > 0);
    same(states[0], 'SERVING', 'first state');
    const under = call('ModelInfer', infer('last', 64, 'synthetic-slow'));
    await until(async () => await engine.metric('millrace_requests_in_flight') > 0 || await Promise.race([under, false]));
    const stopped = engine.stop();
    same((await under).id, 'last', 'the call in flight');
    same(await stopped, 0, 'exit code');
    same(states.at(-1), 'NOT_SERVING', 'last state');
});

finish();
