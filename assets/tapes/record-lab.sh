#!/usr/bin/env bash
# Records the lab's tape, from which assets/pictures.sh renders the README's first picture: the control plane is stopped
# with the key s for 75 s, in real time, and started again. Takes a little over two minutes.
#
#   assets/tapes/record-lab.sh [PROGRAM]      target/release/blackout by default
#
# Needs tmux and zstd.
set -euo pipefail
cd "$(dirname "$0")"

program=$(realpath "${1:-../../target/release/blackout}")
session=blackout-record-lab
folder=$(mktemp -d)

key() { tmux -L "$session" send-keys -t "$session" "$@"; }
clean_up() {
    tmux -L "$session" kill-server 2>/dev/null || true
    rm -r "$folder"
}
trap clean_up EXIT

tmux -L "$session" new-session -d -s "$session" -x 160 -y 48 "LANG=C.UTF-8 $program lab --record $folder/lab.jsonl"
sleep 15
key s; sleep 1; key y
sleep 75
key s; sleep 1; key y
sleep 35
key q
sleep 2
zstd -q -19 -f "$folder/lab.jsonl" -o lab.jsonl.zst
ls -l lab.jsonl.zst
