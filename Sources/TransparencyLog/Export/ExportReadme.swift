/// The README of an export: what is in it, and the shell lines that verify it with openssl and coreutils (sha256sum, basenc) alone.
enum ExportReadme {
  static func text(of head: Checkpoint, key: VerifierKey, beyond: Int) -> String {
    """
    # Audit log of \(key.name)

    \(head.size) entries, signed as one Merkle tree (RFC 6962). Its root is `\(head.root.base64)`.
    \(note(on: beyond))
    | file | what it is |
    |---|---|
    | `checkpoint` | size and root, signed with Ed25519 (c2sp.org/tlog-checkpoint) |
    | `vkey` | the key that signed it. Compare it with the line that you were given by another way |
    | `\(LogExporter.entriesName)` | the entries, one JSON document a line, entry 0 first |
    | `tile/` | the same entries and the tree's hashes (c2sp.org/tlog-tiles) |
    | `proofs/N.tlog-proof` | the proof that entry N stands in the tree (c2sp.org/tlog-proof) |

    Nothing in this folder is to be believed before it is verified, and this text is not proof either. The lines below
    need `openssl`, `sha256sum` and what else coreutils and a POSIX shell hold. Run them in this folder.

    ## Everything

    The key's id, the checkpoint's signature, then every leaf, bundle, tile and the root, recomputed from the entries.

    ```sh
    \(wholeLog)
    ```

    ## One entry

    That entry `entry` is in the tree whose checkpoint the lines above verified.

    ```sh
    \(oneEntry)
    ```

    ## What this proves

    That these entries, in this order, are what the holder of the key signed. Somebody who holds the machine and the key
    could have signed another history: only a checkpoint that was kept elsewhere at the time tells. If you have one,
    `keyturn audit verify --checkpoint FILE` on the original, or any tlog verifier, checks that this log extends it.

    """
  }

  private static func note(on beyond: Int) -> String {
    guard beyond > 0 else { return "" }
    return """

      **\(beyond) entries lie beyond the checkpoint.** They are in `\(LogExporter.beyondName)`; nothing signs them yet.

      """
  }

  /// Run in the test suite as it stands here.
  private static let wholeLog = #"""
    LC_ALL=C sh -eu <<'VERIFY'
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    fail() { echo "FAILED: $1" >&2; exit 1; }
    unhex() { tr -d '\n' | tr a-f A-F | basenc --base16 -d; }
    same() { [ "$(sha256sum < "$1")" = "$(sha256sum < "$2")" ] || fail "$3"; }

    # The key: its id is the beginning of SHA-256 over the name, a newline, the type 1 and the key.
    name=$(head -n 1 checkpoint)
    cut -d + -f 3- vkey | openssl base64 -d -A | tail -c 32 > "$work/key"
    id=$({ printf '%s\n\001' "$name"; cat "$work/key"; } | sha256sum | cut -c 1-8)
    typed=$({ printf '\001'; cat "$work/key"; } | openssl base64 -A)
    printf '%s+%s+%s\n' "$name" "$id" "$typed" > "$work/vkey"
    same vkey "$work/vkey" 'the id of vkey does not belong to its name and key'

    # The checkpoint: the last line signs the first three.
    head -n 3 checkpoint > "$work/text"
    tail -n 1 checkpoint | cut -d ' ' -f 3 | openssl base64 -d -A | tail -c 64 > "$work/signature"
    signed=$({ printf '%s' "$id" | unhex; cat "$work/signature"; } | openssl base64 -A)
    { cat "$work/text"; printf '\n\342\200\224 %s %s\n' "$name" "$signed"; } > "$work/checkpoint"
    same checkpoint "$work/checkpoint" 'checkpoint is not in its one spelling'
    { printf 302a300506032b6570032100 | unhex; cat "$work/key"; } > "$work/key.der"
    openssl pkeyutl -verify -pubin -keyform DER -inkey "$work/key.der" -rawin \
      -in "$work/text" -sigfile "$work/signature" > "$work/answer" 2>&1 || fail 'the signature does not hold'
    size=$(head -n 2 checkpoint | tail -n 1)
    root=$(head -n 3 checkpoint | tail -n 1)
    case $size in '' | *[!0-9]*) fail 'the size is not a number' ;; esac

    # The entries: each as a leaf (a zero byte before it) and as it stands in the bundles (its length before it).
    mkdir "$work/leaf"
    number=1000000
    while IFS= read -r entry; do
      [ $((number % 1000)) -ne 0 ] || mkdir "$work/leaf/$((number / 1000))"
      printf '\0%s' "$entry" > "$work/leaf/$((number / 1000))/$number"
      a=$((${#entry} / 256)) b=$((${#entry} % 256))
      printf "\\$((a / 64))$((a / 8 % 8))$((a % 8))\\$((b / 64))$((b / 8 % 8))$((b % 8))%s" "$entry" >&3
      printf '%s\n' "$entry" >&4
      number=$((number + 1))
    done < entries.jsonl 3> "$work/bundles" 4> "$work/lines"
    same entries.jsonl "$work/lines" 'entries.jsonl is not whole lines of text'
    [ $((number - 1000000)) -eq "$size" ] || fail 'entries.jsonl has not as many entries as were signed'
    tiles() {
      for tile in "$1"/??? "$1"/x???/??? "$1"/x???/x???/??? "$1"/*.p/* "$1"/x???/*.p/* "$1"/x???/x???/*.p/*; do
        if [ -f "$tile" ]; then cat "$tile"; fi
      done
    }
    tiles tile/entries > "$work/tiles"
    same "$work/bundles" "$work/tiles" 'tile/entries does not hold the entries'

    # The tree: level by level up to the root; every eighth level stands in the tiles, as far as it is complete.
    if [ "$size" -eq 0 ]; then sha256sum < /dev/null; else
      for group in "$work"/leaf/*; do sha256sum "$group"/*; done
    fi | cut -c 1-64 > "$work/level"
    height=0
    while :; do
      if [ $((height % 8)) -eq 0 ]; then
        head -n $((size >> height)) "$work/level" | unhex > "$work/hashes"
        tiles tile/$((height / 8)) > "$work/tiles"
        same "$work/hashes" "$work/tiles" "tile/$((height / 8)) does not hold the tree's hashes"
      fi
      count=$(wc -l < "$work/level")
      [ "$count" -gt 1 ] || break
      mkdir "$work/node"
      paste -d '\0' - - < "$work/level" > "$work/pairs"
      head -n $((count / 2)) "$work/pairs" | while read -r pair; do printf '01%s\n' "$pair"; done |
        unhex | split -b 65 -a 6 - "$work/node/"
      (cd "$work/node" && sha256sum -- *) | cut -c 1-64 > "$work/level"
      [ $((count % 2)) -eq 0 ] || tail -n 1 "$work/pairs" >> "$work/level"
      rm -r "$work/node"
      height=$((height + 1))
    done
    [ "$(unhex < "$work/level" | openssl base64 -A)" = "$root" ] || fail 'the entries do not give the signed root'
    echo "VERIFIED: $size entries of $name, signed by $(cat vkey)"
    VERIFY
    """#

  private static let oneEntry = #"""
    entry=0
    LC_ALL=C sh -eu -s "$entry" <<'VERIFY'
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    fail() { echo "FAILED: $1" >&2; exit 1; }
    unhex() { tr -d '\n' | tr a-f A-F | basenc --base16 -d; }
    proof=proofs/$1.tlog-proof
    size=$(head -n 2 checkpoint | tail -n 1)
    root=$(head -n 3 checkpoint | tail -n 1)
    case $size in '' | *[!0-9]*) fail 'the size is not a number' ;; esac
    [ "$1" -lt "$size" ] || fail "there is no entry $1"

    # From the leaf upwards, with one hash of the proof a step (RFC 9162 section 2.1.3.2).
    head -n $(($(wc -l < "$proof") - 6)) "$proof" | tail -n +3 > "$work/hashes"
    line=$(head -n $(($1 + 1)) entries.jsonl | tail -n 1)
    hash=$(printf '\0%s' "$line" | sha256sum | cut -c 1-64)
    place=$1 last=$((size - 1))
    printf 'c2sp.org/tlog-proof@v1\nindex %s\n' "$1" > "$work/proof"
    while read -r sibling; do
      [ "$last" -gt 0 ] || fail 'the proof is too long'
      other=$(printf '%s' "$sibling" | openssl base64 -d -A | basenc --base16 -w 0 | tr A-F a-f)
      printf '%s' "$other" | unhex | openssl base64 >> "$work/proof"
      if [ $((place % 2)) -eq 1 ] || [ "$place" -eq "$last" ]; then
        hash=$(printf '01%s%s' "$other" "$hash" | unhex | sha256sum | cut -c 1-64)
        while [ $((place % 2)) -eq 0 ] && [ "$place" -gt 0 ]; do place=$((place / 2)) last=$((last / 2)); done
      else
        hash=$(printf '01%s%s' "$hash" "$other" | unhex | sha256sum | cut -c 1-64)
      fi
      place=$((place / 2)) last=$((last / 2))
    done < "$work/hashes"
    { echo; cat checkpoint; } >> "$work/proof"
    [ "$(sha256sum < "$proof")" = "$(sha256sum < "$work/proof")" ] || fail 'the proof is not in its one spelling'
    [ "$last" -eq 0 ] || fail 'the proof is too short'
    [ "$(printf '%s' "$hash" | unhex | openssl base64)" = "$root" ] || fail "entry $1 is not in the signed tree"
    printf 'VERIFIED: entry %s of %s: %s\n' "$1" "$size" "$line"
    VERIFY
    """#
}
