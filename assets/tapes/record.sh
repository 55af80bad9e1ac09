#!/usr/bin/env bash
# Records the built-in tapes: each fault on a real kind cluster, recorded by the dashboard in tmux.
#
#   assets/tapes/record.sh PROGRAM FOLDER [FAULT...]     faults: stop kill pause disconnect apiserver; default: all
#
# Each fault takes the control plane down and undoes it. Needs docker, tmux, kubectl and zstd.
set -euo pipefail

program=$(realpath "$1") folder=$(realpath "$2")
shift 2
faults=("$@")
[ ${#faults[@]} -gt 0 ] || faults=(stop kill pause disconnect apiserver)
cluster=${CLUSTER:-api-server-failure}
node=$cluster-control-plane
manifests=/etc/kubernetes/manifests
session=blackout-record

kube() { kubectl --context "kind-$cluster" --request-timeout=2s "$@"; }
workers() { docker ps --filter "label=io.x-k8s.kind.cluster=$cluster" --filter label=io.x-k8s.kind.role=worker --format '{{.Names}}'; }
healthy() { [ "$(kube get --raw /readyz 2>/dev/null)" = ok ] && ! kube get nodes --no-headers 2>/dev/null | grep -qv ' Ready '; }
wait_healthy() { for _ in $(seq 120); do healthy && return; sleep 1; done; echo "the cluster is not healthy after 120 s" >&2; return 1; }
key() { tmux -L "$session" send-keys -t "$session" "$@"; }

undo() {
    tmux -L "$session" kill-server 2>/dev/null || true
    docker unpause "$node" >/dev/null 2>&1 || true
    docker network connect kind "$node" >/dev/null 2>&1 || true
    docker start "$node" >/dev/null 2>&1 || true
    docker exec "$node" sh -c "[ ! -f /root/kube-apiserver.yaml ] || mv /root/kube-apiserver.yaml $manifests/" || true
}

apply_fault() {
    case $1 in
        stop) key s; sleep 1; key y; sleep 11 ;;
        kill) docker kill "$node" ;;
        pause) docker pause "$node" ;;
        disconnect) docker network disconnect kind "$node" ;;
        apiserver) docker exec "$node" mv $manifests/kube-apiserver.yaml /root/ ;;
    esac
}

undo_fault() {
    case $1 in
        stop) key s; sleep 1; key y ;;
        kill) docker start "$node" ;;
        pause) docker unpause "$node" ;;
        disconnect) docker network connect kind "$node" ;;
        apiserver) docker exec "$node" mv /root/kube-apiserver.yaml $manifests/ ;;
    esac
}

record() {
    local fault=$1 state
    state=$(mktemp -d)
    wait_healthy
    # removes the lines of earlier outages from the journals
    for worker in $(workers); do docker exec "$worker" sh -c 'journalctl --rotate && journalctl --vacuum-time=1s' >/dev/null 2>&1; done
    sleep 12
    trap undo EXIT
    tmux -L "$session" new-session -d -s "$session" -x 160 -y 48 "XDG_STATE_HOME=$state LANG=C.UTF-8 $program --cluster $cluster" 9>&-
    sleep 15
    apply_fault "$fault"
    if [ "$fault" = stop ]; then
        sleep 50; key m; sleep 0.3; key -l 'httpbin still answers'; key Enter
        sleep 59
    else
        sleep 75
    fi
    undo_fault "$fault"
    wait_healthy
    sleep 50
    key q
    sleep 2
    tmux -L "$session" kill-session -t "$session" 2>/dev/null || true
    trap - EXIT
    undo
    zstd -q -19 -f "$state"/blackout/tapes/*.jsonl -o "$folder/$fault.jsonl.zst"
    rm -r "$state"
    ls -l "$folder/$fault.jsonl.zst"
}

for fault in "${faults[@]}"; do
    (flock 9; record "$fault") 9>/tmp/cluster.lock
done
