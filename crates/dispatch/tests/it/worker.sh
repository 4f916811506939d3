#!/bin/sh
# Stands in for the worker: `worker --deployment ID --attempt N --secrets-file FILE MODE OUT`.
set -eu
secrets=$7 mode=$8 out=$9
wait_for_ever() { while :; do sleep 0.05; done; }
case $mode in
  look)
    env >"$out/environment"
    cp "$secrets" "$out/secrets"
    printf '%s\n' "$@" >"$out/arguments"
    stat -c %a "$secrets" "${secrets%/*}" "${secrets%/*/*}" >"$out/modes"
    pwd >"$out/directory"
    cut -d ' ' -f 1,5 "/proc/$$/stat" >"$out/group"
    ;;
  fail)
    echo 'reading the request'
    echo 'there is no request' >&2
    exit 3
    ;;
  count)
    echo one >>"$out/count"
    wait_for_ever
    ;;
  polite)
    trap 'touch "$out/asked"; exit 0' TERM
    touch "$out/ready"
    wait_for_ever
    ;;
  stubborn)
    trap '' TERM
    (wait_for_ever) &
    echo $! >"$out/child"
    touch "$out/ready"
    wait_for_ever
    ;;
  orphan)
    sleep 300 &
    echo $! >"$out/child"
    kill -9 $$
    ;;
esac
