internal import Primitives
package import RotationCore

/// An environment file that the app reads its pair from.
///
/// Both variables change in one rename. Every other byte of the file stays; mode and owner stay; a symbolic link stays
/// and the file behind it is replaced. A private key is written nowhere else: a failed write removes its temporary file,
/// and the next look removes what a killed one left.
package struct DotenvTarget: DeploymentTarget {
  private let settings: Runbook.Dotenv
  private let reload: ChildCommand?
  private let gate: any CallGate

  /// `environment` is this process's; `withheld` names the variables that the runbook reads. A reload gets neither
  /// those, nor `KEYTURN_*`, nor the pair's own variables, which must come from the file.
  package init(
    _ settings: Runbook.Dotenv, folder: String, environment: [String: String], withheld: Set<String>,
    gate: any CallGate = OpenGate()
  ) {
    self.settings = settings
    self.gate = gate
    let names = withheld.union([settings.variables.kid, settings.variables.privateKey])
    reload = settings.reload.map {
      ChildCommand(
        argv: $0, folder: folder, environment: ChildCommand.environment(environment, withholding: names),
        timeout: settings.reloadTimeout)
    }
  }

  package var name: String { "dotenv:" + settings.path }

  package var capabilities: TargetCapabilities {
    let always: TargetCapabilities = [.atomicPair, .compareAndSwap, .readBack, .settlesAtOnce]
    return reload == nil ? always : always.union(.deploys)
  }

  package func preflight() async -> TargetPreflight {
    guard let file = try? ReplaceableFile(path: settings.path), let old = try? file.read() else {
      return TargetPreflight()
    }
    return TargetPreflight(
      problems: [file.obstacle(old)].compactMap(\.self),
      warnings: old.isReadByOthers ? ["every user of the host may read the private key there: chmod o-r"] : [])
  }

  package func read() async -> TargetReading {
    do {
      let file = try ReplaceableFile(path: settings.path)
      file.removeLeftovers()
      return reading(of: DotenvText(try file.read().bytes.copy()))
    } catch {
      return .unreadable(trouble(.unreachable, (error as SystemError).reason))
    }
  }

  package func write(_ pair: borrowing SigningPair, replacing expected: KeyID?) async throws {
    let kid = try entry(forKid: pair.kid)
    let privateKey = try entry(forKey: pair.privateKey)
    do {
      let file = try ReplaceableFile(path: settings.path)
      file.removeLeftovers()
      let old = try file.read()
      let text = DotenvText(old.bytes.copy())
      let new = DotenvText(text.setting(kid, privateKey))
      guard holds(new, pair) else {
        throw trouble(.rejected, "nothing was written: the file would not give the pair back as it is")
      }
      if new.bytes.isEqual(to: old.bytes) { return }
      if !holds(text, pair) { try confirm(text, isOn: expected) }
      try gate.enter()
      try replace(file, old, with: new)
      try gate.leave()
    } catch let error as SystemError {
      throw trouble(.rejected, "nothing was written: \(error.reason)")
    }
  }

  package func deploy(_ order: TargetOrder) async throws {
    guard let reload else { return }
    try gate.enter()
    do throws(ChildFailure) { _ = try await reload.run() } catch {
      throw trouble(.rejected, "reload: \(error.reason)")
    }
    try gate.leave()
  }

  private func trouble(_ kind: NeighbourTrouble.Kind, _ detail: String) -> NeighbourTrouble {
    NeighbourTrouble(neighbour: name, kind: kind, detail: detail)
  }

  private func reading(of text: borrowing DotenvText) -> TargetReading {
    let (kidName, keyName) = (settings.variables.kid, settings.variables.privateKey)
    let kid = Self.kid(in: text, named: kidName)
    guard let value = text.value(of: keyName) else {
      return kid == nil ? .absent : .broken(problem: "\(kidName) is set and \(keyName) is not")
    }
    guard let kid else { return .broken(problem: "\(keyName) is set and \(kidName) is not") }
    guard let pem = settings.encoding.pem(in: value) else {
      return .broken(problem: "\(keyName) is not base64, which the runbook says it is")
    }
    if let problem = PEMShape.problem(in: pem) { return .broken(problem: "\(keyName) \(problem)") }
    return .pair(SigningPair(kid: kid, privateKey: pem))
  }

  private static func kid(in text: borrowing DotenvText, named name: String) -> KeyID? {
    guard let value = text.value(of: name) else { return nil }
    return KeyID(value.withBytes { String(decoding: $0, as: UTF8.self) })
  }

  /// Bare where every reader takes it as it is, else in single quotes.
  private func entry(forKid kid: KeyID) throws(NeighbourTrouble) -> DotenvEntry {
    let isPlain = kid.rawValue.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "'") }
    guard isPlain, !kid.rawValue.isEmpty, !kid.rawValue.contains("\\") else {
      throw trouble(.rejected, "nothing was written: the kid has characters that an environment file cannot hold")
    }
    return DotenvEntry(
      name: settings.variables.kid, literal: SecretBytes(utf8: kid.isUsable ? kid.rawValue : "'\(kid.rawValue)'"))
  }

  private func entry(forKey pem: borrowing SecretBytes) throws(NeighbourTrouble) -> DotenvEntry {
    if let problem = PEMShape.problem(in: pem) {
      throw trouble(.rejected, "nothing was written: the private key \(problem)")
    }
    guard let literal = settings.encoding.literal(for: pem) else {
      throw trouble(.rejected, "nothing was written: the private key has characters that no PEM has")
    }
    return DotenvEntry(name: settings.variables.privateKey, literal: literal)
  }

  /// Reads `text` as the app will and compares byte for byte.
  private func holds(_ text: borrowing DotenvText, _ pair: borrowing SigningPair) -> Bool {
    guard case .pair(let found) = reading(of: text) else { return false }
    return found.kid == pair.kid && found.privateKey.isEqual(to: pair.privateKey.withLineFeeds())
  }

  /// The kid that the file names must be the one expected; where none was expected, there must be no whole pair.
  private func confirm(_ text: borrowing DotenvText, isOn expected: KeyID?) throws(NeighbourTrouble) {
    let found = Self.kid(in: text, named: settings.variables.kid)
    if let expected {
      guard found != expected else { return }
    } else {
      guard case .pair = reading(of: text) else { return }
    }
    let (now, due) = (found.map { "names \($0)" } ?? "names no kid", expected.map { "\($0)" } ?? "no pair")
    throw trouble(.rejected, "nothing was written: the file now \(now), where \(due) was expected")
  }

  private func replace(
    _ file: borrowing ReplaceableFile, _ old: borrowing ReplaceableFile.Snapshot, with new: borrowing DotenvText
  ) throws {
    do throws(ReplaceableFile.Refusal) { try file.replace(old, with: new.bytes) } catch {
      switch error {
      case .moved: throw trouble(.rejected, "nothing was written: the file changed since it was read")
      case .hardLinked(let names):
        throw trouble(.rejected, "nothing was written: \(ReplaceableFile.hardLinked(names))")
      case .system(let error): throw trouble(.rejected, "nothing was written: \(error.reason)")
      case .uncertain(let error): throw trouble(.unanswered, "written, but not known to be durable: \(error.reason)")
      }
    }
    guard (try? file.read())?.bytes.isEqual(to: new.bytes) == true else {
      throw trouble(.unanswered, "written, and then changed by someone else before it could be read back")
    }
  }
}
