#!/usr/bin/env bash
# Everything that can be judged without running the product. Ends at the first complaint.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
forge=node_modules/@foundry-rs/forge-linux-amd64/bin/forge

$bin/ruff check .
$bin/ruff format --check .
$bin/mypy
$bin/lint-imports
$forge fmt --check
node_modules/.bin/solhint --max-warnings 0 'contracts/**/*.sol'
