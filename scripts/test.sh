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
exec $bin/pytest -n 2 -m "slow or engine"
