import Foundation
import RotationCore
import Simulator

@testable import KeyturnCLI

/// `reload` without the program itself, which is not built beside every test.
enum BashReload {
  /// Posts to a loopback URL and ends well when the answer is 200.
  @Sendable static func post(to url: String) -> [String] {
    let parts = URLComponents(string: url)
    let script = """
      exec 3<>/dev/tcp/127.0.0.1/\(parts?.port ?? 0) &&
      printf 'POST \(parts?.path ?? "/") HTTP/1.1\\r\\nHost: x\\r\\n' >&3 &&
      printf 'Content-Length: 0\\r\\nConnection: close\\r\\n\\r\\n' >&3 &&
      read -r line <&3 && [[ $line == *' 200 '* ]]
      """
    return ["/bin/bash", "-c", script]
  }
}

extension Rehearsal {
  static var inTests: Rehearsal { Rehearsal(reload: BashReload.post(to:), stop: StopSignal(), sealing: .cheap) }
}

/// A state in which one rotation went to its end, for commands that read.
final class RotatedState {
  let folder: TestFolder
  let stage: RehearsalStage
  let rotation: Rotation

  /// `phase`: where the rotation is left.
  init(until phase: Phase? = nil) async throws {
    folder = try TestFolder()
    stage = try await RehearsalStage(
      in: folder.path, StageDirections(sealing: .cheap), reload: BashReload.post(to:), stop: StopSignal())
    let report = try await stage.process { engine in
      var options = Engine.RotateOptions()
      options.wait = true
      if let phase { options.goal = .phase(phase) }
      return try await engine.rotate(options)
    }
    if phase == nil { try await stage.sitThroughQuarantine(report) }
    guard let rotation = try stage.lastRotation() else {
      throw Failure(.internalError, report.failure?.summary ?? "no rotation was opened")
    }
    self.rotation = rotation
  }

  /// One command on this state, as `Program` runs it.
  func callAsFunction(_ arguments: String..., environment: [String: String] = [:]) async -> (
    status: Int32, out: String, err: String
  ) {
    let transcript = Transcript()
    let configuration = Configuration.test(
      stage.scenario.environment.merging(environment) { $1 }, in: folder.path, transcript.streams(),
      clock: stage.clock)
    let status = await Program.run(arguments + ["--state", stage.statePath], configuration)
    return (status, transcript.out, transcript.err)
  }

  /// The same of words in a list.
  func run(_ arguments: [String]) async -> (status: Int32, out: String, err: String) {
    let transcript = Transcript()
    let configuration = Configuration.test(
      stage.scenario.environment, in: folder.path, transcript.streams(), clock: stage.clock)
    let status = await Program.run(arguments + ["--state", stage.statePath], configuration)
    return (status, transcript.out, transcript.err)
  }

  func json(_ arguments: String...) async throws -> JSONValue {
    let transcript = Transcript()
    let configuration = Configuration.test(
      stage.scenario.environment, in: folder.path, transcript.streams(), clock: stage.clock)
    _ = await Program.run(arguments + ["--json", "--state", stage.statePath], configuration)
    return try JSONValue(parsing: Data(transcript.out.utf8))
  }
}
