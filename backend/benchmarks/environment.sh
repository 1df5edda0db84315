#!/bin/sh
# Creates the benchmark's own environment: the peers, and this package from its source. Does nothing
# where that is complete.
#
#     sh environment.sh PYTHON VENV_DIR
#
# Without pyradiomics (it needs a C compiler) the environment is still usable: the benchmark then
# shows that row as not installed, and the next call of this script tries again.
set -eu

if [ $# -ne 2 ]; then
    echo "Usage: sh environment.sh PYTHON VENV_DIR" >&2
    exit 2
fi
python=$1
venv=$2
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
backend=$(dirname -- "$here")
requirements=$here/requirements.txt
pip() { "$venv/bin/python" -m pip --quiet --disable-pip-version-check "$@"; }

# An environment serves the versions and the source tree that it was made for, and no other.
wanted=$(printf '# %s\n' "$backend" && cat "$requirements")
if [ ! -f "$venv/.complete" ] || [ "$(cat "$venv/.complete")" != "$wanted" ] ||
    ! "$venv/bin/python" -c 'import numpy, scipy, SimpleITK, radiogenomics' 2>/dev/null; then
    if [ -e "$venv" ] && [ ! -f "$venv/pyvenv.cfg" ]; then
        echo "$venv exists and is no Python environment; give another folder or remove it." >&2
        exit 2
    fi
    echo "Creating the benchmark environment in $venv" >&2
    rm -f "$venv/.complete"
    "$python" -m venv --clear "$venv"
    grep -v '^pyradiomics==' "$requirements" >"$venv/requirements-wheels.txt"
    pip install --no-deps --only-binary :all: --requirement "$venv/requirements-wheels.txt"
    pip install --no-deps --editable "$backend"
    printf '%s\n' "$wanted" >"$venv/.complete"
fi

peer=$(grep '^pyradiomics==' "$requirements")
if ! "$venv/bin/python" -c 'import radiomics.shape' 2>/dev/null; then
    echo "Building $peer" >&2
    # Its versioneer.py calls two names of configparser that Python 3.12 removed.
    mkdir -p "$venv/build-shim"
    cat >"$venv/build-shim/sitecustomize.py" <<'SHIM'
import configparser

configparser.SafeConfigParser = configparser.ConfigParser
configparser.RawConfigParser.readfp = configparser.RawConfigParser.read_file
SHIM
    # Built against the numpy that it will run with, hence no isolation. No cached wheel: one made
    # for another numpy would be taken.
    if ! PYTHONPATH="$venv/build-shim" pip install --no-deps --no-cache-dir --no-build-isolation \
        --no-binary pyradiomics "$peer" >"$venv/pyradiomics.log" 2>&1 ||
        ! "$venv/bin/python" -c 'import radiomics.shape' 2>>"$venv/pyradiomics.log"; then
        echo "$peer could not be installed: it needs a C compiler and Python's headers (on Debian and" >&2
        echo "Ubuntu: apt-get install gcc python3-dev). What pip said is in $venv/pyradiomics.log." >&2
        echo "The benchmark goes on without it and shows its row as not installed." >&2
    fi
fi
