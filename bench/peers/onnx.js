'use strict';
// Writes a case's network as an ONNX model: the few fields of onnx.proto that a multilayer perceptron needs, in protobuf's encoding.
// Weights are [out][in]; a network of binary cross-entropy ends in a sigmoid, a classifier at its logits.

const varint = (value) => {
  const bytes = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Buffer.from([...bytes, value]);
};
const integer = (field, value) => Buffer.concat([varint(field * 8), varint(value)]);
const message = (field, ...parts) => {
  const content = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  return Buffer.concat([varint(field * 8 + 2), varint(content.length), content]);
};

const FLOAT = 1, INT = 2, IR_VERSION = 8, OPSET = 13;
const node = (type, inputs, output, ...attributes) =>
  message(1, ...inputs.map((name) => message(1, name)), message(2, output), message(4, type), ...attributes);
const transposed = message(5, message(1, 'transB'), integer(3, 1), integer(20, INT));
const initializer = (name, dimensions, values) =>
  message(5, ...dimensions.map((size) => integer(1, size)), integer(2, FLOAT), message(8, name),
    message(9, Buffer.from(values.buffer, values.byteOffset, values.byteLength)));
const value = (field, name, dimensions) =>
  message(field, message(1, name), message(2, message(1, integer(1, FLOAT),
    message(2, ...dimensions.map((size) => message(1, integer(1, size)))))));

/** How many weights and biases a case has. */
exports.parameterCount = ({ sizes }) =>
  sizes.slice(1).reduce((sum, outputs, layer) => sum + (sizes[layer] + 1) * outputs, 0);

/** The model that computes z from x, with the parameters weight, bias, weight, bias, … of one array. */
exports.modelOf = ({ sizes, activation, loss, batch }, parameters) => {
  const graph = [message(2, 'network')];
  const hidden = { relu: 'Relu', tanh: 'Tanh' }[activation];
  const last = sizes.length - 1;
  let input = 'x', taken = 0;
  const take = (count) => parameters.subarray(taken, (taken += count));
  for (let layer = 1; layer <= last; layer++) {
    const [inputs, outputs] = [sizes[layer - 1], sizes[layer]];
    graph.push(initializer(`W${layer}`, [outputs, inputs], take(inputs * outputs)));
    graph.push(initializer(`b${layer}`, [outputs], take(outputs)));
    const after = layer < last ? hidden : loss === 'bce' ? 'Sigmoid' : null;
    const product = after ? `u${layer}` : 'z';
    graph.push(node('Gemm', [input, `W${layer}`, `b${layer}`], product, transposed));
    input = layer < last ? `z${layer}` : 'z';
    if (after) graph.push(node(after, [product], input));
  }
  graph.push(value(11, 'x', [batch, sizes[0]]), value(12, 'z', [batch, sizes[last]]));
  return Buffer.concat([integer(1, IR_VERSION), message(7, ...graph), message(8, integer(2, OPSET))]);
};
