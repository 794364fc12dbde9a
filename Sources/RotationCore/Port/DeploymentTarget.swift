/// What a target was found to hold.
package enum TargetReading: ~Copyable, Sendable {
  case pair(SigningPair)
  /// Only the kid can be read.
  case kidOnly(KeyID)
  /// Both values are there, and neither can be read: what was written last counts.
  case writeOnly
  /// Neither variable is there.
  case absent
  /// One variable without the other, or a value that is no key; `problem` says which.
  case broken(problem: String)
  /// The target did not answer.
  case unreadable(NeighbourTrouble)
}

/// What a target can do, so that the engine needs no special cases. `TargetConformance` asserts each by behaviour.
package struct TargetCapabilities: OptionSet, Sendable, Hashable {
  package let rawValue: Int
  package init(rawValue: Int) { self.rawValue = rawValue }
  /// Both variables change in one write or not at all.
  package static let atomicPair = Self(rawValue: 1)
  /// A write fails when the content moved since it was read.
  package static let compareAndSwap = Self(rawValue: 2)
  /// What was written can be told from outside: the pair, or its kid.
  package static let readBack = Self(rawValue: 4)
  /// `deploy` brings the new values up beside the old ones and checks them before anybody is served by them.
  package static let staged = Self(rawValue: 8)
  /// A write alone restarts what runs there.
  package static let restartsByItself = Self(rawValue: 16)
  /// What ran before can be put back by its name (`bookmark`), without building it again.
  package static let rollbackByPointer = Self(rawValue: 32)
  /// A write that got no answer cannot land later (it ran in this process or not at all).
  package static let settlesAtOnce = Self(rawValue: 64)
  /// `deploy` does something that ends with the new values live.
  package static let deploys = Self(rawValue: 128)

  /// Each with the word that records, programs and reports use.
  package static let words: [(capability: TargetCapabilities, word: String)] = [
    (.atomicPair, "atomicPair"), (.compareAndSwap, "compareAndSwap"), (.readBack, "readBack"), (.staged, "staged"),
    (.restartsByItself, "restartsByItself"), (.rollbackByPointer, "rollbackByPointer"),
    (.settlesAtOnce, "settlesAtOnce"), (.deploys, "deploys"),
  ]
}

/// Where the app reads its pair. A port of do and undo: writing the other pair is the undo of a write, and `deploy` with
/// direction `back` that of a deploy.
package protocol DeploymentTarget: Sendable {
  /// Stable over runs, unique in a runbook, safe to print: `dotenv:/srv/app/.env`.
  var name: String { get }
  var capabilities: TargetCapabilities { get }
  /// What would keep a rotation from going through here. Looks only.
  func preflight() async -> TargetPreflight
  func read() async -> TargetReading
  /// What runs now, in the target's own words, so that a rollback can put exactly that back; nil where there is no such
  /// thing. Safe to print and to store. Throws `NeighbourTrouble`.
  func bookmark() async throws -> String?
  /// Writes both variables, if the target still holds `expected` (a kid, or nil where it cannot be read), and reads
  /// them back where that can be. Throws `NeighbourTrouble` (`rejected` when the content moved: nothing was written).
  func write(_ pair: borrowing SigningPair, replacing expected: KeyID?) async throws
  /// Starts what runs there anew, with what was written last. Asked twice with one order, it does it once, or nothing
  /// that anybody could notice. Throws `NeighbourTrouble`; `rejected` for a deploy that failed.
  func deploy(_ order: TargetOrder) async throws
  /// What runs is seen to be what `order` asks for. Ends what an interrupted deploy of this rotation left open there: a
  /// build that is under way, a setting that was changed for its time. Throws `NeighbourTrouble`.
  func settle(_ order: TargetOrder) async throws
  /// After `removed` was taken out of the portal: drops what the target kept for the way back, and tells, a line each, what
  /// could still bring the removed kid to life. Throws `NeighbourTrouble`.
  func cleanUp(_ order: TargetOrder, removed: KeyID) async throws -> [String]
}

extension DeploymentTarget {
  package func preflight() async -> TargetPreflight { TargetPreflight() }
  package func bookmark() async throws -> String? { nil }
  package func settle(_ order: TargetOrder) async throws {}
  package func cleanUp(_ order: TargetOrder, removed: KeyID) async throws -> [String] { [] }
}

/// In whose name a target is asked to act: by this it finds its own earlier acts again.
package struct TargetOrder: Sendable, Hashable {
  package enum Direction: String, Sendable, Hashable, Codable, CaseIterable { case forward, back }

  package var rotation: RotationID
  /// The kid that is to be live afterwards.
  package var kid: KeyID
  package var direction: Direction
  /// What `bookmark` told before this rotation's first write.
  package var bookmark: String?

  package init(rotation: RotationID, kid: KeyID, direction: Direction = .forward, bookmark: String? = nil) {
    self.rotation = rotation
    self.kid = kid
    self.direction = direction
    self.bookmark = bookmark
  }
}

/// What a target says about itself before a rotation is opened.
package struct TargetPreflight: Sendable, Hashable {
  /// Why a rotation must not begin.
  package var problems: [String]
  /// What is allowed and may surprise.
  package var warnings: [String]
  /// It could not be asked.
  package var trouble: NeighbourTrouble?

  package init(problems: [String] = [], warnings: [String] = [], trouble: NeighbourTrouble? = nil) {
    self.problems = problems
    self.warnings = warnings
    self.trouble = trouble
  }
}
