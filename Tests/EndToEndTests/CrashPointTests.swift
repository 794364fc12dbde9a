import Foundation
import Testing

/// The real binary, killed: at every store write and every outside call, and anywhere at all.
@Suite(.serialized) struct CrashPointTests {
  /// The whole set with `make soak`; every so-manieth point elsewhere.
  private static let isWhole = ProcessInfo.processInfo.environment["KEYTURN_SOAK"] == "1"

  /// Kills a process of its own world at each point of one path, lets the next one end it, and judges the history.
  private func survive(back: Bool, sample: Int) async throws {
    guard let shim = CrashShim.required() else { return }
    let stride = Self.isWhole ? 1 : sample
    let world = try await CrashWorld()
    try await world.begin(verified: back)
    let counted = try await world(
      try await world.command(back: back), shim.environment(.count, store: world.state, log: world.pointsLog))
    #expect(counted.status == (back ? 6 : 0), "\(counted.err)")
    let clean = try world.points
    try await world.finish(back: back, "undisturbed")
    var tried = 0
    var kinds: Set<String> = []
    for number in Swift.stride(from: (stride + 1) / 2, to: .max, by: stride) {
      try await world.begin(verified: back)
      let answer = try await world(
        try await world.command(back: back),
        shim.environment(.crash(at: number), store: world.state, log: world.pointsLog))
      let died = answer.reason == .uncaughtSignal
      let points = try world.points
      let place = "\(back ? "rollback" : "forward"), killed at point \(number): \(points.last ?? "-")"
      if died {
        #expect(points.count == number)
        tried += 1
        points.last.map { _ = kinds.insert($0) }
      }
      try await world.finish(back: back, "\(place)")
      if !died { break }
    }
    let writes = clean.count { !$0.contains("request") && !$0.contains("answer") && !$0.contains("child") }
    print(
      "crash points, \(back ? "rollback" : "forward"): \(clean.count) in a clean run (\(writes) at the store,"
        + " \(clean.count - writes) at neighbours); killed and survived at \(tried)")
    #expect(tried >= (Self.isWhole ? 100 : 5))
  }

  @Test func `killed at points from plan to completed, every rotation ends the same`() async throws {
    try await survive(back: false, sample: 29)
  }

  @Test func `killed at points of a rollback, every rollback ends the same`() async throws {
    try await survive(back: true, sample: 19)
  }

  @Test func `killed while the outgoing key is being destroyed, the rotation still completes`() async throws {
    guard let shim = CrashShim.required() else { return }
    let world = try await CrashWorld()
    try await world.begin(verified: false)
    // The deletion is committed, and folded into the database before the phase is.
    let answer = try await world(
      try await world.command(back: false),
      shim.environment(.crashAfter("before write keyturn.sqlite", times: 1), store: world.state, log: world.pointsLog))
    #expect(answer.reason == .uncaughtSignal)
    #expect(try await world(["status", "--json"]).phase == "retired")
    try await world.finish(back: false, "killed between a deletion and its proof")
  }

  @Test func `killed at random, forward and back, every rotation ends the same`() async throws {
    let rounds = ProcessInfo.processInfo.environment["KEYTURN_KILLS"].flatMap(Int.init) ?? (Self.isWhole ? 300 : 20)
    let seed = ProcessInfo.processInfo.environment["KEYTURN_SEED"].flatMap(UInt64.init) ?? 20_261_122
    var random = Dice(state: seed)
    let world = try await CrashWorld()
    var (kills, ends, longest) = (0, [false: 0, true: 0], 2_000_000.0)
    while kills < rounds {
      let back = random.roll() < 0.4
      try await world.begin(verified: false)
      let first = kills
      // Now and then one lives to the end; then the next rotation begins.
      while kills < rounds, kills < first + 6 {
        let process = try world.start(try await world.command(back: back && kills > first + 1))
        let patience = UInt32(random.roll() * longest)
        let (lived, took) = try await offThePool {
          let began = ContinuousClock.now
          while process.isRunning, began.duration(to: .now) < .microseconds(Int(patience)) { usleep(5_000) }
          let lived = !process.isRunning
          if !lived { kill(process.processIdentifier, SIGKILL) }
          process.waitUntilExit()
          return (lived, Double((began.duration(to: .now) / .microseconds(1))))
        }
        if lived {
          longest = took
          break
        }
        kills += 1
      }
      try await world.finish(back: back, "seed \(seed), after kill \(kills)")
      ends[back, default: 0] += 1
    }
    print(
      "kill -9 at random: \(kills) kills over \(ends[false] ?? 0) rotations forward and \(ends[true] ?? 0) that turned"
        + " back where they could, seed \(seed): no effect twice, no refused token, every end the same")
  }
}

/// SplitMix64: a seed is a run.
struct Dice {
  var state: UInt64

  /// From 0 up to 1.
  mutating func roll() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return Double((mixed ^ (mixed >> 31)) >> 11) / Double(1 << 53)
  }
}
