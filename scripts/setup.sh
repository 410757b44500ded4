#!/bin/sh
# Make ./.venv and put into it what the dashboard and its tests need. Called by `make setup`.
set -eu
unset VIRTUAL_ENV PYTHONHOME PYTHONPATH PIP_USER PIP_TARGET PIP_PREFIX PIP_REQUIRE_VIRTUALENV || true
cd "$(dirname "$0")/.."

stamp=.venv/.stacktide-setup
unfinished=.venv/.stacktide-unfinished
recent='import sys; sys.exit(sys.version_info < (3, 11))'

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# An environment of another place, of an old Python, or whose set-up was cut off is made anew.
if [ -d .venv ]; then
    if [ -e "$unfinished" ]; then
        say 'the last set-up was cut off: making the environment anew'
        rm -rf .venv
    elif [ -e "$stamp" ] && [ "$(cat "$stamp")" != "$(pwd -P)" ]; then
        say 'the environment was made in another folder: making it anew'
        rm -rf .venv
    elif ! .venv/bin/python -c "$recent" 2>/dev/null || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
        say 'the environment does not work: making it anew'
        rm -rf .venv
    fi
fi

if [ ! -d .venv ]; then
    python=
    for candidate in python3.14 python3.13 python3.12 python3.11 python3; do
        if "$candidate" -c "$recent" >/dev/null 2>&1; then
            python=$candidate
            break
        fi
    done
    [ -n "$python" ] || fail 'Python 3.11 or newer is needed, and none was found in PATH: install one (on Debian: apt-get install python3 python3-venv).'
    "$python" -c 'import ensurepip, venv' >/dev/null 2>&1 ||
        fail "$python has no venv module: install it (on Debian: apt-get install python3-venv)."
    say "making .venv with $("$python" -c 'import platform; print("Python", platform.python_version())')"
    mkdir .venv
    : >"$unfinished"
    "$python" -m venv .venv || fail "the environment could not be made with $python: see the lines above."
fi

rm -f "$stamp"
: >"$unfinished"
pip() { .venv/bin/python -m pip --disable-pip-version-check "$@"; }
# pip undoes what it could not do: the next call goes on from here
stop() { rm -f "$unfinished"; fail "$@"; }

say 'installing the packages of constraints.txt, hashes verified (about a minute when nothing is cached)'
pip install -qq --require-hashes --requirement constraints.txt ||
    stop 'the packages could not be installed: see the lines above.'
pip install -qq --no-deps --no-build-isolation --editable . ||
    stop 'the package itself could not be installed: see the lines above.'

if ! command -v npm >/dev/null 2>&1 && ! .venv/bin/python scripts/vendor.py --have; then
    say 'no npm in PATH: installing the one of constraints-npm.txt'
    pip install -qq --require-hashes --requirement constraints-npm.txt ||
        say 'npm could not be installed: going on without'
fi
.venv/bin/python scripts/vendor.py || stop 'the JavaScript dependencies are not the pinned ones.'

rm -f "$unfinished"
pwd -P >"$stamp"
say 'done'
