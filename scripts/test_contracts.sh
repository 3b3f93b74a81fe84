#!/usr/bin/env bash
# Everything about the contracts: form, forge tests with the gas snapshot, then Brownie. Needs node_modules and .venv/brownie; no network.
set -euo pipefail
cd "$(dirname "$0")/.."

forge=node_modules/@foundry-rs/forge-linux-amd64/bin/forge
brownie=.venv/brownie/bin/brownie
for tool in "$forge" "$brownie"; do
    [ -x "$tool" ] || { echo "missing: $tool (make test-contracts installs it)" >&2; exit 3; }
done

$forge fmt --check
$forge build # before the lint: its --deny would also deny what the compiler says of libraries on a cold build
$forge lint contracts --deny warnings
$forge test --gas-snapshot-check true

# Brownie finds the compiler by its version, anvil on PATH, and writes to its home: all of it inside build/.
mkdir -p build/solc build/brownie-home
ln -sfn ../../tools/solc/solc build/solc/solc-v0.8.37
export SOLCX_BINARY_PATH="$PWD/build/solc" HOME="$PWD/build/brownie-home"
export PATH="$PWD/node_modules/@foundry-rs/anvil-linux-amd64/bin:$PATH"
port=$(.venv/brownie/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
$brownie networks modify development port="$port" >/dev/null
$brownie test
