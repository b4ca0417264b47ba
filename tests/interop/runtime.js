#!/usr/bin/env node
// SPDX-License-Identifier: GPL-3.0-or-later
// Stands in for millrace-runtime: KServe v2 by grpc-js, on the sockets that the engine names. Its models answer with what
// they were sent; their names say how.
import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';
import {createServer} from 'node:http';
import {join} from 'node:path';

const folder = process.argv[process.argv.indexOf('--sockets') + 1];
const protos = loader.loadSync(['inference.proto', 'health.proto'],
                               {includeDirs: [process.env.MILLRACE_PROTO], keepCase: true, longs: Number});
const packages = grpc.loadPackageDefinition(protos);
const names = ['echo', 'slow', 'large', 'failing', 'resetting'];
const tensor = (name) => ({name, datatype: 'FP32', shape: [-1, 16]});

const answerOf = (request) => ({
    model_name: request.model_name,
    id: request.id,
    outputs: [{name: 'values_out', datatype: 'FP32', shape: request.inputs[0].shape}],
    raw_output_contents: [request.raw_input_contents[0]],
});

let server;
const sockets = new Set();
const handlers = {
    ModelInfer(call, done) {
        switch (call.request.model_name) {
        case 'slow': setTimeout(() => call.cancelled || done(null, answerOf(call.request)), 100); break;
        case 'failing': done({code: grpc.status.RESOURCE_EXHAUSTED, details: 'no memory left for größe 100 %'}); break;
        case 'resetting': process.exit(7); break;
        default: done(null, answerOf(call.request));
        }
    },
    ModelMetadata(call, done) {
        done(null, {name: call.request.name, versions: ['1'], platform: 'javascript', inputs: [tensor('values')], outputs: [tensor('values_out')]});
    },
    ServerLive: (_, done) => done(null, {live: true}),
    ServerReady: (_, done) => done(null, {ready: true}),
    ModelReady: (_, done) => done(null, {ready: true}),
    RepositoryModelLoad: (_, done) => done(null, {}),
    RepositoryModelUnload: (_, done) => done(null, {}),
};

const http = createServer((request, answer) => {
    answer.setHeader('Content-Type', 'application/json');
    if (request.url === '/v1/models')
        answer.end(JSON.stringify({object: 'list', data: names.map((name) => ({
            id: name, object: 'model', created: 0, owned_by: 'interop',
            millrace: {kind: 'classifier', platform: 'javascript', version: '1', state: 'loaded', bytes: 1024, batch_max: name === 'large' ? 65536 : 8,
                       inputs: [tensor('values')], outputs: [tensor('values_out')]}}))}));
    else
        answer.end('{}');
});

server = new grpc.Server({
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    // A connection is told to go (GOAWAY) after this, while calls are in flight.
    'grpc.max_connection_age_ms': Number(process.env.INTEROP_AGE_MS ?? 0) || undefined,
    'grpc.max_connection_age_grace_ms': 2000,
    'grpc.max_concurrent_streams': Number(process.env.INTEROP_STREAMS ?? 0) || undefined,
});
server.addService(packages.inference.GRPCInferenceService.service, handlers);
server.addService(packages.grpc.health.v1.Health.service, {
    Check: (_, done) => done(null, {status: 1}),
    Watch: (call) => call.write({status: 1}),
});
const address = `unix:${join(folder, 'grpc.sock')}`;
server.bindAsync(address, grpc.ServerCredentials.createInsecure(), (error) => {
    if (error) throw error;
    http.listen(join(folder, 'http.sock'), () => {
        console.log(JSON.stringify({ready: true, http: `unix:${join(folder, 'http.sock')}`, grpc: address, pid: process.pid}));
    });
});

process.stdin.on('end', () => process.exit(0));
process.stdin.resume();
process.on('SIGTERM', () => process.exit(0));
