#!/usr/bin/env bash
# What lock_cost measures, with a bare std::mutex under another tracer: LTTng's pthread wrapper (Debian: lttng-tools and
# liblttng-ust-dev), which records each lock, try and unlock of a program that knows nothing of it. It has no events for
# conditions. Tracing, and loaded while nobody traces; each in turn with the bare program, round by round; the median of the
# ratios of a round is printed. Its session daemon is one of our own, with a home and a session in a scratch folder.
#
# Usage: other_tracers.sh BUILD_FOLDER [ROUNDS [SECONDS]]: so many rounds [5], so long a measurement [0.2]
set -uo pipefail

build=${1:?usage: other_tracers.sh BUILD_FOLDER [ROUNDS [SECONDS]]}
rounds=${2:-5}
seconds=${3:-0.2}
lock_cost=$build/tests/bench/lock_cost
wrapper=$(ldconfig -p 2>/dev/null | sed -n 's/.*liblttng-ust-pthread-wrapper\.so\.1 .* => //p' | head -n 1)

skip() {
  printf '\nnot compared with LTTng: %s\n' "$1"
  exit 0
}
[[ -n $wrapper ]] || skip 'its pthread wrapper is not installed (package liblttng-ust-dev)'
command -v lttng-sessiond >/dev/null || skip 'its session daemon is not installed (package lttng-tools)'

scratch=$(mktemp -d) || exit 2
export LTTNG_HOME=$scratch LTTNG_UST_HOME=$scratch LTTNG_UST_REGISTER_TIMEOUT=3000
daemon=''
finish() {
  [[ -n $daemon ]] && kill "$daemon" 2>/dev/null && wait "$daemon" 2>/dev/null
  rm -rf -- "$scratch"
}
trap finish EXIT
trap 'exit 130' INT TERM

lttng-sessiond --no-kernel >"$scratch/sessiond.log" 2>&1 &
daemon=$!
for ((tries = 0; tries < 50; ++tries)); do
  lttng create bench --output="$scratch/out" >"$scratch/lttng.log" 2>&1 && break
  kill -0 "$daemon" 2>/dev/null || skip "its session daemon does not start: $(tail -n 1 "$scratch/sessiond.log")"
  sleep 0.1
done
lttng enable-event --userspace 'lttng_ust_pthread:*' >>"$scratch/lttng.log" 2>&1 ||
  skip "$(tail -n 1 "$scratch/lttng.log")"

# A job goes from one thread to another and back: on one processor, as where the two run decides more than any tracer.
measure() {  # WHAT [ENVIRONMENT]: prints nanoseconds
  local on=()
  [[ $1 == job ]] && on=(taskset --cpu-list 0)
  env ${2:+"$2"} "${on[@]+"${on[@]}"}" "$lock_cost" --bare "$seconds" "$1"
}

# ratios WHAT: a line with two ratios for each round, tracing and loaded only.
ratios() {
  local round bare tracing loaded
  for ((round = 0; round < rounds; ++round)); do
    bare=$(measure "$1") || exit 2
    lttng start >/dev/null || exit 2
    tracing=$(measure "$1" "LD_PRELOAD=$wrapper") || exit 2
    lttng stop >/dev/null || exit 2
    loaded=$(measure "$1" "LD_PRELOAD=$wrapper") || exit 2
    lttng clear >/dev/null 2>&1
    awk -v a="$tracing" -v b="$loaded" -v bare="$bare" 'BEGIN { print a / bare, b / bare }'
  done
}

middle() { cut -d ' ' -f "$1" | sort -n | sed -n "$((rounds / 2 + 1))p"; }

printf "\nthe same under LTTng's pthread wrapper %s, %s rounds, ratios to bare\n" \
  "$(dpkg-query -W -f='${Version}' liblttng-ust-dev 2>/dev/null)" "$rounds"
printf '%-58s %8s %12s\n' '' 'tracing' 'loaded only'
for what in one two job; do
  case $what in
    one) name='lock and unlock, uncontended, one thread' ;;
    two) name='the same on two threads, each with a mutex of its own' ;;
    job) name='a job handed over, and its end waited for' ;;
  esac
  found=$(ratios "$what") || skip "a measurement failed: $(tail -n 1 "$scratch/lttng.log")"
  printf '%-58s %8.2f %12.2f\n' "$name" "$(middle 1 <<<"$found")" "$(middle 2 <<<"$found")"
done
