// SPDX-License-Identifier: GPL-3.0-or-later
// OpenAI's SDK for JavaScript as a client of the engine.
import OpenAI from 'openai';
import {check, expect, finish, same, startEngine, until} from './harness.js';

const engine = await startEngine();
const client = new OpenAI({baseURL: `http://${engine.http}/v1`, apiKey: 'none', maxRetries: 0});
const messages = [{role: 'user', content: 'The freedom to'}];

await check('the engine becomes ready', () => until(async () => (await fetch(`http://${engine.http}/healthz`)).ok &&
                                                    (await client.models.list()).data.length > 0));

await check('models.list and models.retrieve', async () => {
    const models = await client.models.list();
    expect(models.data.some((model) => model.id === 'scribe'), JSON.stringify(models.data.map((model) => model.id)));
    same((await client.models.retrieve('scribe')).id, 'scribe', 'id');
});

await check('a chat', async () => {
    const answer = await client.chat.completions.create({model: 'scribe', messages, max_tokens: 8});
    expect(answer.choices[0].message.content.length > 0, 'no text');
    expect(answer.usage.total_tokens > 0, 'no usage');
});

await check('a chat as a stream, with usage', async () => {
    let text = '', usage = null, pieces = 0;
    const stream = await client.chat.completions.create(
        {model: 'scribe', messages, max_tokens: 24, stream: true, stream_options: {include_usage: true}});
    for await (const piece of stream) {
        ++pieces;
        text += piece.choices[0]?.delta?.content ?? '';
        usage = piece.usage ?? usage;
    }
    expect(pieces > 3, `${pieces} pieces`);
    expect(text.length > 0, 'no text');
    expect(usage?.completion_tokens > 0, 'no usage');
});

await check('32 streams at once, each whole', async () => {
    const lengths = await Promise.all(Array.from({length: 32}, async () => {
        let length = 0;
        const stream = await client.chat.completions.create({model: 'scribe', messages, max_tokens: 16, stream: true});
        for await (const piece of stream) length += piece.choices[0]?.delta?.content?.length ?? 0;
        return length;
    }));
    expect(lengths.every((length) => length > 0), lengths.join());
});

await check('who breaks a stream off leaves nothing', async () => {
    const stream = await client.chat.completions.create({model: 'scribe', messages, max_tokens: 4000, stream: true});
    for await (const piece of stream) {
        expect(piece.id, 'no id');
        stream.controller.abort();
        break;
    }
    await until(async () => await engine.metric('millrace_requests_in_flight') === 0);
});

await check('embeddings, one and many, as numbers and as base64', async () => {
    const one = await client.embeddings.create({model: 'embed-mini', input: 'a wheel in a stream', encoding_format: 'float'});
    same(one.data[0].embedding.length, 256, 'numbers');
    const packed = await client.embeddings.create({model: 'embed-mini', input: 'a wheel in a stream'});
    expect(Math.abs(packed.data[0].embedding[7] - one.data[0].embedding[7]) < 1e-3, 'base64 differs');
    const many = await client.embeddings.create({model: 'embed-mini', input: Array.from({length: 200}, (_, n) => `text ${n}`)});
    same(many.data.map((entry) => entry.index).join(), Array.from({length: 200}, (_, n) => n).join(), 'order');
});

await check('errors have the SDK\'s classes, code and param', async () => {
    const caught = async (request) => {
        try {
            await request();
        } catch (error) {
            return error;
        }
        throw new Error('it succeeded');
    };
    const unknown = await caught(() => client.chat.completions.create({model: 'nobody', messages}));
    expect(unknown instanceof OpenAI.NotFoundError, `${unknown.constructor.name}: ${unknown.message}`);
    const bad = await caught(() => client.chat.completions.create({model: 'scribe', messages: 'no list'}));
    expect(bad instanceof OpenAI.BadRequestError, `${bad.constructor.name}: ${bad.message}`);
    expect(bad.message.includes('messages'), bad.message);
    const none = await caught(() => client.post('/chat/completions', {body: {messages}}));
    expect(none instanceof OpenAI.BadRequestError && none.param === 'model', `${none.status} ${none.param}: ${none.message}`);
});

await check('a timeout of the client leaves nothing', async () => {
    const impatient = client.withOptions({timeout: 30});
    try {
        await impatient.chat.completions.create({model: 'scribe', messages, max_tokens: 4000});
    } catch (error) {
        expect(error instanceof OpenAI.APIConnectionTimeoutError, error.constructor.name);
    }
    await until(async () => await engine.metric('millrace_requests_in_flight') === 0);
});

await check('the stop is clean', async () => same(await engine.stop(), 0, 'exit code'));

finish();
