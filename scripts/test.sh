#!/usr/bin/env bash
# All tests. The contracts' tests run beside the Python unit tests; the tests with real processes follow, and end the output.
set -uo pipefail
cd "$(dirname "$0")/.."
mkdir -p build
bin=.venv/bin

scripts/test_contracts.sh > build/test-contracts.log 2>&1 &
contracts=$!
$bin/pytest -n 2 -m "not slow and not engine"
fast=$?
wait "$contracts"
solidity=$?
cat build/test-contracts.log
if [ "$fast" -ne 0 ] || [ "$solidity" -ne 0 ]; then
    echo "stopped before the slow tests: unit tests exited $fast, contract tests exited $solidity" >&2
    exit 1
fi
# The drills mostly wait for blocks, so they run beside the others.
$bin/pytest -m network > build/test-network.log 2>&1 &
network=$!
$bin/pytest -n 2 -m "(slow or engine) and not network" > build/test-slow.log 2>&1
slow=$?
wait "$network"
drills=$?
cat build/test-network.log
cat build/test-slow.log
exit $((slow != 0 || drills != 0))
