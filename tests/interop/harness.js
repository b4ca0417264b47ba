// SPDX-License-Identifier: GPL-3.0-or-later
// Checks, one line each, and an engine of one's own.
import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

const bin = process.env.MILLRACE_BIN;
let failures = 0;

/** Runs one check with ten seconds to pass; says its name and, when it fails, why. */
export async function check(name, body)
{
    let timer;
    const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error('not done within 10 s')), 10_000);
    });
    try {
        await Promise.race([body(), late]);
        console.log(`ok    ${name}`);
    } catch (error) {
        ++failures;
        console.log(`FAIL  ${name}: ${error.stack ?? error}`);
    } finally {
        clearTimeout(timer);
    }
}

export function expect(condition, what)
{
    if (!condition) throw new Error(what);
}

export function same(actual, expected, what)
{
    expect(actual === expected, `${what}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`);
}

/** An engine on free ports with a new state folder: {http, grpc, stop()}. */
export async function startEngine(more = [])
{
    const state = mkdtempSync(join(tmpdir(), 'millrace-interop-'));
    const engine = spawn(join(bin, 'millraced'),
                         ['--http', '127.0.0.1:0', '--grpc', '127.0.0.1:0', '--control', join(state, 'control.sock'),
                          '--state-dir', state, ...more],
                         {stdio: ['ignore', 'pipe', 'pipe'], env: {...process.env, XDG_CONFIG_HOME: state}});
    let log = '';
    engine.stderr.on('data', (data) => { log = (log + data).slice(-20_000); });
    const ended = new Promise((resolve) => engine.on('exit', resolve));
    const ready = await new Promise((resolve, reject) => {
        let line = '';
        engine.stdout.on('data', (data) => {
            line += data;
            if (line.includes('\n')) resolve(JSON.parse(line.split('\n')[0]));
        });
        ended.then(() => reject(new Error(`the engine did not start: ${log}`)));
    });
    return {
        http: ready.http,
        grpc: ready.grpc,
        log: () => log,
        async metric(name) {
            const text = await (await fetch(`http://${ready.http}/metrics`)).text();
            let sum = 0;
            for (const line of text.split('\n'))
                if (line.startsWith(`${name} `) || line.startsWith(`${name}{`)) sum += Number(line.split(' ').pop());
            return sum;
        },
        async stop() {
            engine.kill('SIGTERM');
            const code = await ended;
            rmSync(state, {recursive: true, force: true});
            return code;
        },
    };
}

/** Waits until the condition holds, looking every 20 ms; the check's own limit ends it. */
export async function until(condition)
{
    while (!await condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

export function finish()
{
    process.exit(failures ? 1 : 0);
}
