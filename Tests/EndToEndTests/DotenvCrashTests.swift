import Foundation
import Testing

/// The real binary, killed at every point of replacing an environment file: the file is the old one or the new one, and
/// the next run ends the rotation and clears up.
@Suite(.serialized) struct DotenvCrashTests {
  /// The file lies in a folder of its own, behind the link that the runbook and the app know.
  private func moved(_ simulation: Simulation) throws -> (folder: URL, file: URL) {
    let link = simulation.envFile
    let folder = simulation.folder.resolvingSymlinksInPath().appending(path: "apart/app")
    let file = folder.appending(path: "real.env")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try FileManager.default.moveItem(at: link, to: file)
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
    return (folder, file)
  }

  @Test func `killed at each point of a write, the file is whole, and the next run leaves nothing behind`() async throws
  {
    guard let shim = CrashShim.required() else { return }
    let world = try await CrashWorld()
    let (folder, file) = try moved(world.simulation)
    let points = [
      "before write .real.env*", "before flush .real.env*", "after flush .real.env*", "before rename real.env",
      "after rename real.env", "before flush app", "after flush app",
    ]
    for point in points {
      try await world.begin(verified: false)
      let before = try Data(contentsOf: file)
      let answer = try await world(
        try await world.command(back: false),
        shim.environment(.crashAfter(point, times: 1), store: folder.deletingLastPathComponent(), log: world.pointsLog))
      #expect(answer.reason == .uncaughtSignal, "\(point): \(answer.err)")
      let left = try Data(contentsOf: file)
      let isRenamed = ["after rename", "before flush app", "after flush app"].contains(where: point.hasPrefix)
      #expect((left == before) == !isRenamed, "\(point)")
      try await world.finish(back: false, "\(point)")
      let after = try Data(contentsOf: file)
      #expect(after != before && (left == before || left == after), "\(point): neither the old file nor the new one")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["real.env"], "\(point)")
    }
    print("an environment file: killed and survived at \(points.count) points of its replacement")
  }
}
