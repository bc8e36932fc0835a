'use strict';
// Times ONNX Runtime's inference of one reference case: a JSON line, the median of seven repeats of 50 ms or more after a warm-up.
//   onnxruntime.js time CASE THREADS
//   onnxruntime.js check CASE DIR      compares it with PyTorch's numbers in DIR, as reference.py writes them
//   onnxruntime.js version
// The package's own session waits for the event loop before every run; this calls what it calls, without the wait.
const { readFileSync } = require('fs');
const path = require('path');
const { Tensor } = require('onnxruntime-node');
const { binding, initOrt } = require('onnxruntime-node/dist/binding');
const { modelOf, parameterCount } = require('./onnx');

const [, , command, name, argument] = process.argv;
const network = require('./cases.json')[name];

function inferenceOf(parameters, x, threads) {
  initOrt();
  const session = new binding.InferenceSession();
  const model = modelOf(network, parameters);
  session.loadModel(model.buffer, model.byteOffset, model.byteLength, {
    executionProviders: ['cpu'], graphOptimizationLevel: 'all', executionMode: 'sequential',
    intraOpNumThreads: threads, interOpNumThreads: 1,
  });
  const outputs = network.sizes.at(-1);
  const z = new Float32Array(network.batch * outputs);
  const feeds = { x: new Tensor('float32', x, [network.batch, network.sizes[0]]) };
  const fetches = { z: new Tensor('float32', z, [network.batch, outputs]) };
  return [z, () => session.run(feeds, fetches, {})];
}

function run(action, calls) {
  const start = process.hrtime.bigint();
  for (let i = 0; i < calls; i++) action();
  return Number(process.hrtime.bigint() - start) * 1e-9;
}

function measure(action) {
  for (const start = Date.now(); Date.now() - start < 250; ) action();
  let calls = 1;
  for (let took; (took = run(action, calls)) < 0.05; )
    calls = took < 0.006 ? calls * 4 : Math.floor((calls * 1.1 * 0.05) / took) + 1;
  const times = Array.from({ length: 7 }, () => run(action, calls) / calls);
  return times.sort((a, b) => a - b)[3] * 1e6;
}

function drawn(count, limit) {
  return Float32Array.from({ length: count }, () => (2 * Math.random() - 1) * limit);
}

function floats(kind) {
  const bytes = readFileSync(path.join(argument, `${name}.${kind}`));
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

function time(threads) {
  const parameters = drawn(parameterCount(network), 1 / Math.sqrt(Math.max(...network.sizes)));
  const x = drawn(network.batch * network.sizes[0], Math.sqrt(3));
  const microseconds = Number(measure(inferenceOf(parameters, x, threads)[1]).toPrecision(5));
  console.log(JSON.stringify({ case: name, mode: 'inference', precision: 'float', threads, microseconds }));
}

function check() {
  const given = floats('in');
  const features = network.batch * network.sizes[0];
  const [z, infer] = inferenceOf(given.subarray(given.length - parameterCount(network)), given.slice(0, features), 1);
  infer();
  const expected = floats('out').subarray(0, z.length);
  const norm = (values) => Math.hypot(...values);
  const relative = norm(z.map((value, i) => value - expected[i])) / norm(expected);
  console.log(`${name.padEnd(14)} onnxruntime  relative difference ${relative.toPrecision(2)}`);
  if (!(relative < 1e-5)) process.exitCode = 1;
}

if (command === 'version') console.log(require('onnxruntime-node/package.json').version);
else if (command === 'check') check();
else time(Number(argument));
