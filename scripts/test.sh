#!/usr/bin/env bash
# All tests. The contracts' tests run beside the Python unit tests; the tests with real processes follow, and end the output.
# Those of the verifier (mark `offline`) run in a network namespace with nothing in it, where the machine allows that.
set -uo pipefail
cd "$(dirname "$0")/.."
mkdir -p build
bin=.venv/bin

# What tests write lies in memory where there is room: it outlives a killed process there as on a disk.
if [ -w /dev/shm ] && [ "$(df --output=avail -B1G /dev/shm | tail -n 1)" -ge 8 ]; then
    TMPDIR=$(mktemp -d /dev/shm/sXXXX)
    export TMPDIR
    trap 'rm -rf "$TMPDIR"' EXIT
fi

alone=(env SANAD_TESTS_HAVE_NO_NETWORK=1 unshare --map-root-user --net)
if ! "${alone[@]}" true 2> /dev/null; then
    echo "this machine allows no network namespaces: the verifier's tests run with its network" >&2
    alone=()
fi

scripts/test_contracts.sh > build/test-contracts.log 2>&1 &
contracts=$!
"${alone[@]}" $bin/pytest -n 2 --verifier only -m "not slow and not engine"
verifier=$?
$bin/pytest -n 2 --verifier without -m "not slow and not engine"
fast=$?
wait "$contracts"
solidity=$?
cat build/test-contracts.log
if [ "$verifier" -ne 0 ] || [ "$fast" -ne 0 ] || [ "$solidity" -ne 0 ]; then
    echo "stopped before the slow tests: the verifier's exited $verifier, unit tests $fast, contract tests $solidity" >&2
    exit 1
fi
# A file stays with one worker: it founds its network once, and its tests come in their order.
# The drills mostly wait for blocks, so they run beside the others.
$bin/pytest tests/network -m network > build/test-network.log 2>&1 &
network=$!
"${alone[@]}" $bin/pytest -n 2 --verifier only -m "slow and not engine" > build/test-verifier.log 2>&1
verifier=$?
$bin/pytest -n 2 --dist loadfile --durations 30 -m "(slow or engine) and not network and not (offline and not engine)" > build/test-slow.log 2>&1
slow=$?
wait "$network"
drills=$?
cat build/test-network.log
cat build/test-verifier.log
cat build/test-slow.log
exit $((verifier != 0 || slow != 0 || drills != 0))
