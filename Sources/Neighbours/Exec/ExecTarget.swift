internal import Foundation
package import RotationCore

/// A target that an operator's own program drives (README, "Targets": the protocol `keyturn-target/1`).
package struct ExecTarget: DeploymentTarget {
  package let name: String
  package let capabilities: TargetCapabilities
  /// `verify` tells which kid the running process signs with.
  package let reportsLive: Bool
  private let program: ExecProgram
  private let clock: any WallClock

  /// Asks the program what it can (`describe`, which looks at nothing outside). `environment` is this process's; the
  /// program gets neither `KEYTURN_*` nor what is `withheld`. Throws `Failure` where it cannot be asked.
  package static func describe(
    _ settings: Runbook.Exec, folder: String, environment: [String: String], withheld: Set<String>,
    clock: any WallClock, gate: any CallGate = OpenGate()
  ) async throws(Failure) -> ExecTarget {
    let child = ChildCommand.environment(environment, withholding: withheld)
    let program = ExecProgram(settings: settings, folder: folder, environment: child, gate: OpenGate())
    let answer: ExecAnswer?
    do { answer = try await program.ask(.describe) } catch {
      let detail = (error as? NeighbourTrouble)?.detail ?? "\(type(of: error))"
      throw Failure(
        .neighbourUnreachable, "the target program \(program.name) could not be asked: \(detail)",
        remedy: [
          "see what it says by hand: echo '{\"settings\":{}}' | PROGRAM describe --protocol=\(ExecProgram.protocolName)"
        ])
    }
    guard let answer, answer.status == .done else {
      throw Failure(
        .runbookInvalid, "the target program \(program.name) does not describe itself: \(answer?.message ?? "exit 64")",
        remedy: ["it has to answer describe; the README shows a whole program"])
    }
    return try ExecTarget(
      answer, ExecProgram(settings: settings, folder: folder, environment: child, gate: gate), clock)
  }

  private init(_ description: ExecAnswer, _ program: ExecProgram, _ clock: any WallClock) throws(Failure) {
    var capabilities: TargetCapabilities = []
    for word in description.capabilities {
      guard let known = TargetCapabilities.words.first(where: { $0.word == word }) else {
        let known = TargetCapabilities.words.map(\.word).joined(separator: ", ")
        throw Failure(
          .runbookInvalid,
          "the target program \(program.name) claims \(Redaction.line(word, limit: 60)), which means"
            + " nothing here", remedy: ["what a program may claim: \(known)"])
      }
      capabilities.insert(known.capability)
    }
    name = "exec:" + (description.name ?? program.name)
    self.capabilities = capabilities
    reportsLive = description.reportsLive
    self.program = program
    self.clock = clock
  }

  package func preflight() async -> TargetPreflight {
    do {
      guard let answer = try await program.ask(.preflight) else { return TargetPreflight() }
      let refused = answer.status == .refused || answer.status == .failed
      return TargetPreflight(
        problems: answer.problems.isEmpty && refused ? [answer.message] : answer.problems, warnings: answer.warnings)
    } catch {
      return TargetPreflight(trouble: error as? NeighbourTrouble ?? program.trouble(.unanswered, "\(type(of: error))"))
    }
  }

  package func read() async -> TargetReading {
    do {
      let answer = try await verify()
      switch answer.holds {
      case .kid: return answer.kid.map { .kidOnly($0) } ?? .broken(problem: "the program names no kid")
      case .writeOnly: return .writeOnly
      case .absent: return .absent
      case .broken: return .broken(problem: answer.message)
      case nil: return .unreadable(program.trouble(.unusableAnswer, "verify does not tell what it holds"))
      }
    } catch {
      return .unreadable(error as? NeighbourTrouble ?? program.trouble(.unanswered, "\(type(of: error))"))
    }
  }

  package func bookmark() async throws -> String? {
    let bookmark = try await verify().bookmark
    guard bookmark?.utf8.count ?? 0 <= 4_096 else {
      throw program.trouble(.unusableAnswer, "verify gives a bookmark of more than 4096 bytes")
    }
    return bookmark
  }

  package func write(_ pair: borrowing SigningPair, replacing expected: KeyID?) async throws {
    let pem = pair.privateKey.withBytes { String(decoding: $0, as: UTF8.self) }
    let answer = try await program.ask(
      .stage,
      [
        "desired": ["kid": .string(pair.kid.rawValue), "private_key": .string(pem)],
        "expected": expected.map { ["kid": .string($0.rawValue)] } ?? .null,
        "idempotency_key": .string("stage:\(pair.kid)"),
      ])
    guard let answer else { throw program.trouble(.rejected, "the program does not know the verb stage") }
    switch answer.status {
    case .done, .unchanged: return
    case .refused: throw program.trouble(.rejected, "stage: \(answer.message)")
    case .failed, .pending: throw program.trouble(.serverError, "stage: \(answer.message)")
    }
  }

  /// An unknown outcome is settled by `verify` alone, where the program tells what is live.
  package func deploy(_ order: TargetOrder) async throws {
    guard capabilities.contains(.deploys) else { return }
    let verb: ExecProgram.Verb =
      order.direction == .back && capabilities.contains(.rollbackByPointer) ? .rollback : .activate
    let answer: ExecAnswer?
    do { answer = try await program.ask(verb, members(of: order, verb)) } catch let trouble as NeighbourTrouble {
      guard trouble.effectIsUnknown, reportsLive, (try? await verify())?.live == order.kid else { throw trouble }
      return
    }
    guard let answer else { throw program.trouble(.rejected, "the program does not know the verb \(verb.rawValue)") }
    switch answer.status {
    case .done, .unchanged: return
    case .refused, .failed: throw program.trouble(.rejected, "\(verb.rawValue): \(answer.message)")
    case .pending: try await waitUntilLive(order, verb, every: answer.retryAfter)
    }
  }

  private func waitUntilLive(_ order: TargetOrder, _ verb: ExecProgram.Verb, every pause: Duration) async throws {
    let end = clock.now() + program.settings.timeout
    while clock.now() < end {
      try await clock.sleep(until: clock.now() + pause)
      if try await verify().live == order.kid { return }
    }
    throw program.trouble(
      .unanswered,
      "\(verb.rawValue) is pending, and within \(program.settings.timeout.short) verify did not name kid \(order.kid) as live"
    )
  }

  package func cleanUp(_ order: TargetOrder, removed: KeyID) async throws -> [String] {
    var members = members(of: order, .cleanup)
    members["removed"] = ["kid": .string(removed.rawValue)]
    return try await program.ask(.cleanup, members)?.warnings ?? []
  }

  func verify() async throws -> ExecAnswer {
    guard let answer = try await program.ask(.verify) else {
      throw program.trouble(.unusableAnswer, "the program does not know the verb verify")
    }
    guard answer.status == .done || answer.status == .unchanged else {
      throw program.trouble(.unreachable, "verify: \(answer.message)")
    }
    return answer
  }

  private func members(of order: TargetOrder, _ verb: ExecProgram.Verb) -> [String: JSONValue] {
    [
      "rotation": .string(order.rotation.rawValue), "kid": .string(order.kid.rawValue),
      "direction": .string(order.direction.rawValue), "bookmark": order.bookmark.map(JSONValue.string) ?? .null,
      "idempotency_key": .string("\(order.rotation):\(verb.rawValue):\(order.kid)"),
    ]
  }
}

extension ExecTarget: SignerBeacon {
  package func signingKid() async throws -> KeyID {
    guard let live = try await verify().live else {
      throw program.trouble(.unusableAnswer, "verify does not tell which kid is live")
    }
    return live
  }
}
