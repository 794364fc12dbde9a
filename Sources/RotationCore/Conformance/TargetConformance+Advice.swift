extension TargetConformance {
  /// By how a claim begins: what a target does that keeps it. The verbs are those of a program's protocol.
  static let advice: [(claim: String, words: String)] = [
    ("it has one name", "describe tells one name, the same at every call, short and without a secret"),
    (
      "its preflight",
      "preflight names a problem only where a rotation could not go through; see that the copy it was pointed at is whole"
    ),
    ("what is written", "stage is done only when verify would tell the new kid"),
    ("writing the same pair", "stage of a pair that is there already changes nothing, and is done or unchanged"),
    ("half a pair", "verify tells holds: broken where one half is missing, and stage then writes both"),
    (
      "a deploy ends",
      "activate is done only when the staged pair is live; until then it is pending, and verify tells live"
    ),
    ("going back", "stage of the outgoing pair, then rollback or activate with direction back, ends with it live"),
    ("cleaning up", "cleanup drops what belongs to the removed kid alone, never what is staged or live"),
    ("atomicPair", "write both values in one step, such as one rename or one transaction, or do not claim it"),
    (
      "compareAndSwap",
      "compare expected.kid with what is held in the same step that writes, and answer refused where it differs; or do not"
        + " claim it"
    ),
    ("readBack", "verify reads the place itself and remembers nothing of what was written; or do not claim it"),
    ("staged", "bring the new version up beside the live one and check it there before activate moves anything to it"),
    ("restartsByItself", "claim it if, and only if, stage alone makes what runs sign with the new pair"),
    (
      "rollbackByPointer",
      "verify gives a bookmark, and rollback puts exactly that back without building it; or do not claim it"
    ),
    ("settlesAtOnce", "end only when nothing that was asked for is still on its way; or do not claim it"),
    ("deploys", "claim it if, and only if, activate makes what runs sign with what was staged"),
    (
      "a write that is cut",
      "stage may be killed anywhere: verify then tells what is there, and a second stage completes it"
    ),
    (
      "a deploy that is cut at any call is found again",
      "activate may be killed anywhere, and a second one with the same idempotency_key completes it"
    ),
    (
      "a deploy that is cut at any call is not done twice",
      "activate with the same idempotency_key finds what the first one began and does not begin it again"
    ),
    ("a way back that is cut", "rollback may be killed anywhere, and a second one completes it"),
    (
      "a deploy that is cut at any call can be gone back from",
      "rollback first ends what an interrupted activate left under way, so that it does not land later"
    ),
    ("it can be left as it was found", "see why the last stage of the outgoing pair failed, and set it back by hand"),
  ]
}
