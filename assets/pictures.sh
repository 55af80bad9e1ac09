#!/usr/bin/env bash
# Renders the README's pictures from the built-in tapes and from that of the lab (tapes/record-lab.sh). Each shows the
# screen of the program, cell by cell.
#
#   assets/pictures.sh [PROGRAM]      target/release/blackout by default
set -euo pipefail
cd "$(dirname "$0")"
program=${1:-../target/release/blackout}
export BLACKOUT_THEME=dark TZ=UTC LANG=C.UTF-8
unset NO_COLOR

picture() { # NAME TAPE TIME SIZE [OPTION...]
    local name=$1 tape=$2 at=$3 size=$4
    shift 4
    "$program" report "$tape" --format svg --at "$at" --size "$size" "$@" --output "$name.svg" --force
    echo "assets/$name.svg"
}

picture lab tapes/lab.jsonl.zst 1:26 160x48
picture dashboard stop 2:10 160x48
picture dashboard-light stop 2:10 160x48 --theme light
picture stopping stop 0:22 120x40
picture recovering stop 2:36 120x40
picture frozen pause 1:20 120x40
picture cut-off disconnect 1:20 120x40
