#!/usr/bin/env bash
# swift test with the given arguments. What failed is said once more at the end, where a reader looks for it.
set -uo pipefail
# A test that waits for a child or a socket is not kept waiting by hundreds that compute.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH="$((3 * $(getconf _NPROCESSORS_ONLN)))"
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
swift test "$@" 2>&1 | tee "$log" && exit 0
status=$?
printf '\nwhat failed:\n'
grep -A 3 '^✘' "$log" | grep -v '^[✔◇]' | tail -n 200
exit "$status"
