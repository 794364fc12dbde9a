#!/usr/bin/env bash
# swift test with the given arguments. At the end, where a reader looks for it, the damaged inputs are added up and what
# failed is said once more.
set -uo pipefail
# A test that waits for a child or a socket is not kept waiting by hundreds that compute.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH="$((3 * $(getconf _NPROCESSORS_ONLN)))"
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
swift test "$@" 2>&1 | tee "$log"
status=$?
awk '/^fuzzed / { readers++; for (i = 2; i < NF; i++) { if ($(i + 1) == "inputs,") inputs += $i; if ($(i + 1) == "refused") refused += $i } }
  END { if (readers) printf "fuzzed in all: %d inputs, %d refused\n", inputs, refused }' "$log"
[ "$status" -eq 0 ] && exit 0
printf '\nwhat failed:\n'
grep -A 3 '^✘' "$log" | grep -v '^[✔◇]' | tail -n 200
exit "$status"
