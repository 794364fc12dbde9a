import RotationCore
import RotationTestSupport
import Testing

/// The edit of the whole set: what is sent to the portal is the set just read with our change, and nothing else.
@Suite struct KeySetEditTests {
  let ours = PaperKeys.reference("ours")
  let mine = PaperKeys.reference("mine")
  /// As an old registration has it: no `use`, an end, a certificate and a member that nobody knows.
  let foreign = PortalKey(members: [
    "kid": "foreign", "kty": "RSA", "n": "f", "e": "AQAB", "exp": 1_900_000_000, "x5c": ["abc"],
    "note": ["deep": [1, 2]],
  ])

  private func set(_ keys: PortalKey...) -> PortalKeySet { PortalKeySet(keys: keys) }

  private func refusal(_ body: () throws(KeySetEdit.Refusal) -> KeySetEdit) -> KeySetEdit.Refusal? {
    do throws(KeySetEdit.Refusal) { _ = try body() } catch { return error }
    return nil
  }

  @Test func `a key is added at the end, and every other keeps its place and all its members but a missing use`() throws
  {
    let edit = try KeySetEdit.plan(set(foreign, PortalKey(ours)), add: mine)
    #expect(edit.after.map(\.kid) == [foreign.kid, ours.kid, mine.kid])
    #expect(edit.after[0].members == foreign.members.merging(["use": "sig"]) { $1 })
    #expect(edit.after[0].members["exp"] == foreign.members["exp"] && edit.after[1] == PortalKey(ours))
    #expect(edit.added == [mine.kid] && edit.removed.isEmpty && edit.patched == [foreign.kid])
  }

  @Test func `one key is taken out, by kid and public key`() throws {
    let edit = try KeySetEdit.plan(set(PortalKey(ours), foreign), remove: ours)
    #expect(edit.after.map(\.kid) == [foreign.kid] && edit.removed == [ours.kid])
    let namesake = PortalKey(PaperKeys.reference("other", kid: ours.kid))
    #expect(try KeySetEdit.plan(set(namesake, foreign), remove: ours).removed.isEmpty)
  }

  @Test func `what is so already changes nothing but a missing use`() throws {
    #expect(try KeySetEdit.plan(set(PortalKey(ours)), add: ours, remove: mine).changesNothing)
    #expect(try KeySetEdit.plan(set(PortalKey(ours), foreign), add: ours).patched == [foreign.kid])
  }

  @Test func `a kid that stands for another key is taken, unless it is to give way`() throws {
    let namesake = PortalKey(PaperKeys.reference("other", kid: ours.kid))
    #expect(refusal { () throws(KeySetEdit.Refusal) in try .plan(set(namesake), add: ours) } == .kidTaken(ours.kid))
    let edit = try KeySetEdit.plan(set(namesake, foreign), add: ours, replaces: true)
    #expect(edit.after.map(\.kid) == [foreign.kid, ours.kid] && edit.replaced == [ours.kid])
    #expect(edit.after[1] == PortalKey(ours))
  }

  @Test func `neither a sixth key nor an empty set is made, nor a first key where there was none`() throws {
    let five = PortalKeySet(keys: (0..<5).map { PortalKey(PaperKeys.reference("k\($0)")) })
    #expect(refusal { () throws(KeySetEdit.Refusal) in try .plan(five, add: ours) } == .full(kids: five.kids))
    #expect(
      refusal { () throws(KeySetEdit.Refusal) in try .plan(set(PortalKey(ours)), remove: ours) } == .wouldBeEmpty)
    #expect(refusal { () throws(KeySetEdit.Refusal) in try .plan(set(), add: ours) } == .isEmpty)
    let swapped = try KeySetEdit.plan(five, add: ours, remove: PaperKeys.reference("k0"))
    #expect(swapped.after.count == 5)
  }

  @Test(arguments: PortalKeySet.privateMembers.sorted())
  func `an entry with a private member is named, and nothing is sent`(member: String) {
    let leaked = PortalKey(members: foreign.members.merging([member: "secret"]) { $1 })
    #expect(
      refusal { () throws(KeySetEdit.Refusal) in try .plan(set(PortalKey(ours), leaked), add: mine) }
        == .privateMember(leaked.kid, member))
  }
}
