#!/bin/sh
# Plays a worker by the contract: `worker --deployment ID --attempt N --secrets-file FILE OBJECTS PLAYS`.
# What it plays stands in PLAYS/SLUG.ACTION.ATTEMPT, PLAYS/SLUG.ACTION, PLAYS/SLUG or PLAYS/default.
set -u
deployment=$3 attempt=$5 secrets=$7 objects=$8 plays=$9
rm -f "$secrets"
folder=$objects/deployments/$deployment/$attempt
value() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" "$folder/request.json" | head -n 1; }
action=$(value action) slug=$(value slug) beat=0
echo "$slug $action $attempt $$" >>"$plays/started"

# say PHASE RESULT ERROR
say() {
  beat=$((beat + 1))
  { printf '{"schema":1,"deployment":"%s","attempt":%s,"action":"%s","phase":"%s","result":"%s","heartbeat":%s,' \
      "$deployment" "$attempt" "$action" "$1" "$2" "$beat"
    printf '"phases":[],"hub_url":null,"check":null,"error":%s}' "$3"
  } 2>/dev/null >"$folder/status.json.$$" && mv "$folder/status.json.$$" "$folder/status.json"
} 2>/dev/null

failed() {
  say "$1" failed "{\"code\":\"$2\",\"class\":\"$3\",\"summary\":{\"key\":\"failure-$2\"},\"detail\":\"played\"}"
}

play=$plays/default
for file in "$plays/$slug" "$plays/$slug.$action" "$plays/$slug.$action.$attempt"; do
  [ ! -f "$file" ] || play=$file
done
read -r verb phase <"$play"
case $verb in
  succeed)
    for phase in starting initialising planning applying verifying; do say $phase running null; done
    echo "ended $slug $action" >>"$plays/started"
    say 'done' succeeded null
    ;;
  fail) failed applying hub-start-failed "$phase" ;;
  # Dies without a word, and leaves a child behind.
  killed)
    [ "$phase" = nothing ] || say "$phase" running null
    sleep 300 &
    echo "$!" >>"$plays/children"
    kill -9 $$
    ;;
  vanish) say "$phase" running null ;;
  silent)
    [ "$phase" = nothing ] || say "$phase" running null
    exec sleep 300
    ;;
  stubborn)
    trap '' TERM
    say "$phase" running null
    while :; do sleep 1; done
    ;;
  busy)
    trap 'failed "$phase" cancelled transient; exit 0' TERM
    while :; do say "$phase" running null; sleep 0.2; done
    ;;
  held)
    while [ ! -f "$plays/go" ]; do say applying running null; sleep 0.2; done
    echo "ended $slug $action" >>"$plays/started"
    until say 'done' succeeded null; do sleep 0.2; done
    ;;
esac
