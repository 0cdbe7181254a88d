#!/usr/bin/env bash
# The daemon against the real one: libvirtd and `lockscope serve`, recording on (in full, and of locks only what had to
# wait) and off, under the same load, and beside them the floor (four_hops.cc). What recording in full must cost at the least
# is said, too, as a share of the call's processor time: the events of a call, at what an event costs at the floor of any
# recorder (lock_cost.cc); and with what the kernel takes here to write an event's 16 bytes to a file. Then how our daemon's
# cost grows with connections that say nothing.
#
# All of them run at once, and sleep while it is not their turn; the load is put on one after the other, round by
# round, so that the machine's moods meet all of them. Figures are medians over the rounds; ratios are taken within a
# round, and then their median. libvirtd gets a configuration, sockets and a home of its own in a scratch folder, runs
# as a session daemon (as the user nobody where we are root), and sees nothing of the system's. The folder is gone
# afterwards.
#
# Usage: daemons.sh BUILD_FOLDER [ROUNDS [SECONDS]]: so many rounds [5], so long a measurement [0.7]
set -uo pipefail

build=${1:?usage: daemons.sh BUILD_FOLDER [ROUNDS [SECONDS]]}
rounds=${2:-5}
seconds=${3:-0.7}
lockscope=$build/core/cli/lockscope
load=$build/tests/bench/rpc_load
floor=$build/tests/bench/four_hops
lock_cost=$build/tests/bench/lock_cost
loop_turns=$build/tests/bench/loop_turns

scratch=$(mktemp -d) || exit 2
# Where a recording's live buffers lie: on tmpfs as ever, but ours to remove, as we kill the daemons that record.
export LOCKSCOPE_RING_FOLDER
LOCKSCOPE_RING_FOLDER=$(mktemp -d -p /dev/shm 2>/dev/null) || LOCKSCOPE_RING_FOLDER=$scratch
declare -A pids=() sockets=()
finish() {
  local pid
  for pid in "${pids[@]}"; do kill -KILL "$pid" 2>/dev/null; done
  wait 2>/dev/null
  rm -rf -- "$scratch" "$LOCKSCOPE_RING_FOLDER"
}
trap finish EXIT
trap 'exit 130' INT TERM

fail() {
  printf 'daemons.sh: %s\n' "$1" >&2
  exit 2
}

for program in "$lockscope" "$load" "$floor" "$lock_cost" "$loop_turns"; do
  [[ -x $program ]] || fail "$program: there is no such program; ./dev bench daemon builds all that it takes"
done

# --- The daemons -------------------------------------------------------------------------------------------------

# Starts a program that listens on the socket sockets[NAME], and waits until it does.
start() {  # NAME COMMAND…
  local name=$1 tries
  shift
  "$@" </dev/null >"$scratch/$name.log" 2>&1 &
  pids[$name]=$!
  for ((tries = 0; tries < 100; ++tries)); do
    [[ -S ${sockets[$name]} ]] && return 0
    kill -0 "${pids[$name]}" 2>/dev/null || return 1
    sleep 0.1
  done
  return 1
}

# Without a signal's name nothing that it holds is wanted any more, its recording included: it gets no orderly end.
stop() {  # NAME [SIGNAL]
  [[ -n ${pids[$1]:-} ]] || return 0
  kill -"${2:-KILL}" "${pids[$1]}" 2>/dev/null
  wait "${pids[$1]}" 2>/dev/null
  unset "pids[$1]"
  rm -f -- "${sockets[$1]}"
  [[ -n ${2:-} ]] || rm -f -- "$scratch/$1.lockscope" "$LOCKSCOPE_RING_FOLDER"/*.ring*
}

start_libvirtd() {
  local home=$scratch/libvirt libvirtd as_user=()
  libvirtd=$(PATH=$PATH:/usr/sbin:/sbin type -P libvirtd) || return 1
  mkdir -p "$home"/{run,config,cache,data}
  printf '%s\n' "unix_sock_dir = \"$home/run\"" 'auth_unix_rw = "none"' 'auth_unix_ro = "none"' \
    'log_outputs = "3:stderr"' >"$home/libvirtd.conf"
  if ((EUID == 0)); then
    chmod 711 "$scratch"
    chown -R nobody "$home"
    as_user=(setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups)
  fi
  sockets[libvirtd]=$home/run/libvirt-sock
  start libvirtd env HOME="$home" XDG_RUNTIME_DIR="$home/run" XDG_CONFIG_HOME="$home/config" \
    XDG_CACHE_HOME="$home/cache" XDG_DATA_HOME="$home/data" "${as_user[@]+"${as_user[@]}"}" \
    "$libvirtd" --config "$home/libvirtd.conf" --pid-file "$home/run/pid"
}

start_ours() {  # NAME OPTION…
  local name=$1
  shift
  sockets[$name]=$scratch/$name.sock
  start "$name" "$lockscope" serve --socket "${sockets[$name]}" "$@" ||
    fail "our daemon does not start: $(<"$scratch/$name.log")"
}

start_recorded() {  # NAME OPTION…
  local name=$1
  shift
  start_ours "$name" -o "$scratch/$name.lockscope" "$@"
}

# --- Measuring ---------------------------------------------------------------------------------------------------

# Prints the line of numbers for one measurement: calls/s, p50, p99 (µs), CPU per call (µs).
measure() {  # NAME OPTION…
  local name=$1
  shift
  [[ $name == floor ]] && set -- "$@" --echo
  "$load" --socket "${sockets[$name]}" --pid "${pids[$name]}" "$@" 2>"$scratch/load.log" ||
    fail "no load on $name: $(tail -n 1 "$scratch/load.log")"
}

# Prints what the kernel takes of processor time, in ns, to write an event's 16 bytes to a file that has its room already, as
# a recording has it; the largest part is the memory that holds them until they are on the disk.
written_event() {
  local file=$scratch/written mebibytes=128 TIMEFORMAT='%U %S' times
  fallocate -l "${mebibytes}M" "$file" 2>/dev/null
  times=$({ time dd if=/dev/zero of="$file" bs=64k count=$((mebibytes * 16)) conv=notrunc status=none; } 2>&1) ||
    fail "no file can be written in $scratch: $times"
  rm -f -- "$file"
  awk -v events=$((mebibytes << 16)) '{ printf "%.2f\n", ($1 + $2) * 1e9 / events }' <<<"$times"
}

# What the awk programs below share: the middle of n values, which are in order afterwards.
readonly median='
  function median(values, n,   i, j, value) {
    for (i = 2; i <= n; ++i) {
      value = values[i]
      for (j = i - 1; j >= 1 && values[j] > value; --j) values[j + 1] = values[j]
      values[j + 1] = value
    }
    return n % 2 ? values[(n + 1) / 2] : (values[n / 2] + values[n / 2 + 1]) / 2
  }'

compare() {
  local targets=(off recorded contended floor) shapes=('1 1' '1 5' '8 1' '8 5' '64 1' '64 5')
  local with_libvirtd=1 round shape name figures event_ns write_ns calls=50000
  if start_libvirtd; then
    targets=(libvirtd "${targets[@]}")
    printf 'libvirtd %s' "$("$(PATH=$PATH:/usr/sbin:/sbin type -P libvirtd)" --version | sed 's/.* //')"
  else
    with_libvirtd=0
    [[ -s $scratch/libvirtd.log ]] && tail -n 1 "$scratch/libvirtd.log"
    printf 'no libvirtd (it is missing: package libvirt-daemon; or it did not start): no ratios to it'
  fi
  printf ', lockscope serve, both as they are without options; %s rounds of %s s\n\n' "$rounds" "$seconds"
  start_ours off
  sockets[floor]=$scratch/floor.sock
  start floor "$floor" "${sockets[floor]}" || fail 'four_hops does not start'
  for ((round = 1; round <= rounds; ++round)); do
    start_recorded recorded  # Anew in each round, so that its recording stays small.
    start_recorded contended --contended
    for shape in "${shapes[@]}"; do
      for name in "${targets[@]}"; do
        figures=$(measure "$name" --connections "${shape% *}" --depth "${shape#* }" --seconds "$seconds") || exit 2
        printf '%s %s %s %s\n' "$round" "$shape" "$name" "$figures"
      done
    done
    stop recorded
    stop contended
    written_event >>"$scratch/write_ns"
  done >"$scratch/compared"
  for name in "${targets[@]}"; do stop "$name"; done
  event_ns=$("$lock_cost" --event) || fail 'lock_cost does not start'
  write_ns=$(sort -n "$scratch/write_ns" | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }')
  for shape in "${shapes[@]}"; do
    start_recorded recorded
    measure recorded --connections "${shape% *}" --depth "${shape#* }" --calls "$calls" >/dev/null || exit 2
    stop recorded TERM
    figures=$(sed -n 's/^recorded \([0-9]*\) events.*/\1/p' "$scratch/recorded.log")
    [[ -n $figures ]] || fail "no number of events: $(tail -n 1 "$scratch/recorded.log")"
    printf '%s %s\n' "$shape" "$figures"
    rm -f -- "$scratch/recorded.lockscope"
  done >"$scratch/events"
  # shellcheck disable=SC2016  # awk expands these.
  awk -v rounds="$rounds" -v with_libvirtd="$with_libvirtd" -v event_ns="$event_ns" -v write_ns="$write_ns" -v calls="$calls" "$median"'
    # The median over the rounds of a column, or of its ratio to that of `base`.
    function middle(shape, name, column, base,   values, round, n) {
      for (round = 1; round <= rounds; ++round) {
        values[++n] = got[round, shape, name, column]
        if (base != "") values[n] /= got[round, shape, base, column]
      }
      return median(values, n)
    }
    # What a column has more than not recorded, in percent; `sign` -1: less. And between what the middle half of the rounds lies.
    function cost(shape, name, column, sign,   values, round, middle_one) {
      for (round = 1; round <= rounds; ++round) {
        values[round] = 100 * sign * (got[round, shape, name, column] / got[round, shape, "off", column] - 1)
      }
      middle_one = median(values, rounds)
      return sprintf("%5.1f%% (%5.1f to %5.1f)", middle_one, values[int((rounds + 3) / 4)],
        values[int((3 * rounds + 3) / 4)])
    }
    function ratio(shape, name, column) {
      return with_libvirtd ? sprintf("%8.2f", middle(shape, name, column, "libvirtd")) : "       -"
    }
    FNR == NR { events[$1 " x " $2] = $3 / calls; next }
    {
      shape = $2 " x " $3
      if (!(shape in known)) { known[shape] = 1; shapes[++shape_count] = shape; clients[shape] = $2 }
      for (column = 1; column <= 4; ++column) got[$1, shape, $4, column] = $(column + 4)
    }
    END {
      says["libvirtd"] = "libvirtd"; says["off"] = "ours, not recorded"
      says["recorded"] = "ours, recorded"; says["contended"] = "ours, contended"; says["floor"] = "the floor"
      order = "off recorded contended floor"
      if (with_libvirtd) order = "libvirtd " order
      count = split(order, names, " ")
      printf "connections x calls under way on each; ratios to libvirtd; times in us, p50 and p99 of a call\n"
      printf "%-7s %-19s %8s %8s %9s %9s %9s %8s\n", "", "", "RPC/s", "ratio", "p50", "p99", "CPU/RPC", "ratio"
      for (s = 1; s <= shape_count; ++s) {
        for (n = 1; n <= count; ++n) {
          name = names[n]
          printf "%-7s %-19s %8.0f %s %9.1f %9.1f %9.1f %s\n", n == 1 ? shapes[s] : "", says[name],
            middle(shapes[s], name, 1), ratio(shapes[s], name, 1), middle(shapes[s], name, 2),
            middle(shapes[s], name, 3), middle(shapes[s], name, 4), ratio(shapes[s], name, 4)
        }
      }
      goal[1] = 2; goal[8] = 3; goal[64] = 4
      printf "\nRecorded, against the goals:\n"
      for (s = 1; s <= shape_count; ++s) {
        shape = shapes[s]
        printf "%-7s", shape
        if (with_libvirtd) {
          printf " %.2f times the RPC/s of libvirtd (goal %d), %.2f of its CPU (goal 0.25),",
            ratio(shape, "recorded", 1), goal[clients[shape]], ratio(shape, "recorded", 4)
          printf " the floor has %.2f and %.2f", ratio(shape, "floor", 1), ratio(shape, "floor", 4)
        }
        printf "\n"
      }
      printf "\nWhat recording costs, of RPC/s (goal 5 %%) and of CPU/RPC, and in brackets between what half of the rounds lie\n"
      printf "%-7s %-10s %-24s %-24s %s\n", "", "", "RPC/s", "CPU/RPC",
        "events/RPC; of CPU/RPC, at " event_ns " ns each the floor of any recorder; " write_ns " more to write it to a file"
      for (s = 1; s <= shape_count; ++s) {
        shape = shapes[s]
        of_call = events[shape] / 10 / middle(shape, "off", 4)  # Of 1 ns an event, in percent.
        printf "%-7s %-10s %-24s %-24s %10.1f %9.1f%% %9.1f%%\n", shape, "in full", cost(shape, "recorded", 1, -1),
          cost(shape, "recorded", 4, 1), events[shape], of_call * event_ns, of_call * (event_ns + write_ns)
        printf "%-7s %-10s %-24s %s\n", "", "contended", cost(shape, "contended", 1, -1), cost(shape, "contended", 4, 1)
      }
    }' "$scratch/events" "$scratch/compared"
}

# One connection that calls, beside many that do not. Turns per call are counted in a recording of the same load: a
# short one, as every look at every client is in it.
grow() {
  local counts=(10 100 1000 5000) round count figures
  printf '\nOne connection that calls, beside idle ones; not recorded; ratios to %s idle; times in us\n' "${counts[0]}"
  start_ours off --max-clients 6000
  for ((round = 1; round <= rounds; ++round)); do
    for count in "${counts[@]}"; do
      figures=$(measure off --idle "$count" --seconds "$seconds") || exit 2
      printf '%s %s %s\n' "$round" "$count" "$figures"
    done
  done >"$scratch/grown"
  stop off
  for count in "${counts[@]}"; do
    start_recorded recorded --max-clients 6000
    figures=$(measure recorded --idle "$count" --calls 200) || exit 2
    stop recorded TERM
    figures=$("$loop_turns" "$scratch/recorded.lockscope" 2>"$scratch/turns.log") ||
      fail "$(<"$scratch/turns.log")"
    printf '%s %s\n' "$count" "$figures"
    rm -f -- "$scratch/recorded.lockscope"
  done >"$scratch/turns"
  # shellcheck disable=SC2016  # awk expands these.
  awk -v rounds="$rounds" "$median"'
    function middle(count, column, base,   values, round, n) {
      for (round = 1; round <= rounds; ++round) {
        values[++n] = got[round, count, column]
        if (base != "") values[n] /= got[round, base, column]
      }
      return median(values, n)
    }
    FNR == NR { turns[$1] = $2; wake_ups[$1] = $3; locks[$1] = $4; next }
    {
      if (!($2 in known)) { known[$2] = 1; counts[++count_count] = $2 }
      for (column = 1; column <= 4; ++column) got[$1, $2, column] = $(column + 2)
    }
    END {
      first = counts[1]
      printf "%6s %8s %8s %9s %8s %10s %9s %8s %10s\n", "idle", "RPC/s", "p50", "CPU/RPC", "ratio", "turns/RPC",
        "CPU/turn", "ratio", "locks/RPC"
      for (c = 1; c <= count_count; ++c) {
        n = counts[c]
        printf "%6d %8.0f %8.1f %9.1f %8.2f %10.2f %9.1f %8.2f %10.1f\n", n, middle(n, 1), middle(n, 2), middle(n, 4),
          middle(n, 4, first), turns[n], middle(n, 4) / turns[n],
          middle(n, 4, first) * turns[first] / turns[n], locks[n]
      }
    }' "$scratch/turns" "$scratch/grown"
  printf 'What grows is the model: poll(2) looks at every handle, and a worker that looks for a job locks every client.\n'
}

compare
grow
