#!/bin/sh
# Generates circuits/src/onnx_pb.js and onnx_pb.d.ts from circuits/onnx.proto, the official schema of ONNX (Apache-2.0).
# Needs protoc (Debian: apt-get install protobuf-compiler). Plain JavaScript with types beside it, because the
# generator's TypeScript uses enums, which node cannot run by stripping types.
# With --check it writes nothing, and fails when the committed files differ from what the schema gives.
set -eu
cd "$(dirname "$0")/.."
out=circuits/src
if [ "${1:-}" = --check ]; then
  out=$(mktemp -d)
  trap 'rm -rf "$out"' EXIT
fi
protoc --proto_path=circuits --plugin=protoc-gen-es=node_modules/.bin/protoc-gen-es \
  --es_out="$out" --es_opt=target=js+dts,import_extension=none onnx.proto
if [ "${1:-}" = --check ]; then
  for file in onnx_pb.js onnx_pb.d.ts; do diff -u "circuits/src/$file" "$out/$file"; done
fi
