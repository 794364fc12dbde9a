import Foundation
import Testing
import TransparencyLog

/// A second implementation reads what ours writes: PyPI `sigstore`, whose note parser is strict.
@Suite struct SigstoreTests {
  private static let script = #"""
    import base64, sys
    from types import SimpleNamespace as Box
    from sigstore._internal.merkle import verify_merkle_inclusion
    from sigstore._internal.rekor.checkpoint import SignedCheckpoint
    from sigstore._internal.trust import Keyring
    from sigstore.errors import VerificationError
    from sigstore_models.common.v1 import PublicKey, PublicKeyDetails

    read = lambda name: open(name, "rb").read()
    name, key_id, key = read(sys.argv[1]).decode().strip().split("+", 2)
    der = bytes.fromhex("302a300506032b6570032100") + base64.b64decode(key, validate=True)[1:]
    keyring = Keyring([PublicKey(raw_bytes=base64.b64encode(der), key_details=PublicKeyDetails.PKIX_ED25519)])

    def verify(proof, leaf):
        head, note = proof.decode().split("\n\n", 1)
        version, index, *hashes = head.split("\n")
        assert version == "c2sp.org/tlog-proof@v1"
        signed = SignedCheckpoint.from_text(note)
        signed.signed_note.verify(keyring, bytes.fromhex(key_id))
        assert [signature.name for signature in signed.signed_note.signatures] == [name]
        assert signed.checkpoint.origin == name and signed.checkpoint.other_content == []
        verify_merkle_inclusion(Box(_inner=Box(canonicalized_body=leaf, inclusion_proof=Box(
            log_index=int(index.split(" ")[1]), tree_size=signed.checkpoint.log_size,
            root_hash=bytes.fromhex(signed.checkpoint.log_hash), hashes=[base64.b64decode(h) for h in hashes]))))

    for case in range(int(sys.argv[2])):
        try:
            verify(read(f"{case}.proof"), read(f"{case}.leaf"))
            print("accepted")
        except (VerificationError, ValueError):
            print("rejected")
    """#

  private static let isThere = (try? Child.run("python3", "-c", "import sigstore").status) == 0
  private static let isDemanded = ProcessInfo.processInfo.environment["CI"] == "true"

  @Test(.enabled(if: isThere || isDemanded, "SKIPPED: PyPI `sigstore` is not installed; `pip install sigstore`"))
  func `sigstore accepts every proof and rejects each changed part`() throws {
    try #require(Self.isThere, "PyPI `sigstore` is not installed; `pip install sigstore`")
    let log = try TestLog(7)
    try log.publish()
    let prover = LogProver(folder: log.folder, key: log.key.verifier)
    var cases: [(proof: Data, leaf: Data, answer: String)] = []
    for (index, leaf) in log.leaves.enumerated() {
      let proof = Data(try prover.prove(index, in: LeafSource(log.leaves)).text.utf8)
      let note = try #require(proof.firstRange(of: Data("\n\n".utf8))).upperBound
      let size = note + log.key.verifier.name.utf8.count + 1
      cases.append((proof, leaf, "accepted"))
      cases.append((proof, leaf.flipped(at: 5), "rejected"))
      // A hash of the path, the signed size, the signed root, the signature.
      for offset in [35, size, size + 10, proof.count - 40] {
        cases.append((proof.flipped(at: offset), leaf, "rejected"))
      }
    }
    for (number, sample) in cases.enumerated() {
      try sample.proof.write(to: URL(fileURLWithPath: log.scratch.path + "/\(number).proof"))
      try sample.leaf.write(to: URL(fileURLWithPath: log.scratch.path + "/\(number).leaf"))
    }
    let child = try Child.run("python3", "-c", Self.script, "log/vkey", "\(cases.count)", in: log.scratch.path)
    #expect(child.errors.isEmpty)
    let answers = String(decoding: child.output, as: UTF8.self).split(separator: "\n").map(String.init)
    #expect(answers == cases.map(\.answer))
  }
}
