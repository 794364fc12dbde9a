/// The keys of one mapping, as an enum: the one table that decodes, refuses and documents them.
protocol Member: RawRepresentable, CaseIterable, Hashable, Sendable where RawValue == String {
  /// Where the mapping stands in a runbook; empty for the document.
  static var section: String { get }
}

/// Reads one mapping member by member. Unknown keys are findings from the start; a member can only be asked for by its
/// case, so nothing is known that is not in the table.
struct MappingReader<Key: Member> {
  let branch: Branch
  let reading: Reading
  private let entries: [Key: Branch.Entry]

  /// Nil, with a finding, for anything but a mapping.
  init?(_ branch: Branch, _ reading: Reading) {
    guard case .map(let entries) = branch.content else {
      let _: Never? = reading.refuse(branch, "must be a mapping")
      return nil
    }
    self.branch = branch
    self.reading = reading
    var known: [Key: Branch.Entry] = [:]
    for entry in entries {
      if let key = Key(rawValue: entry.key) {
        known[key] = entry
      } else {
        reading.fault(RunbookMembers.unknown(entry.key, in: Key.self), at: entry.place)
      }
    }
    self.entries = known
  }

  /// The member's value; nil when it is not given, or wrong (a finding).
  func optional<Value>(_ key: Key, _ form: Form<Value>) -> Value? {
    entries[key].flatMap { form.read($0.value, reading) }
  }

  /// The same, and a finding at the mapping's name when it is not given.
  func required<Value>(_ key: Key, _ form: Form<Value>, because reason: String? = nil) -> Value? {
    if entries[key] == nil {
      let why = reason.map { "; \($0)" } ?? ""
      reading.fault("`\(Branch.path(branch.path, key.rawValue))` is missing\(why)", at: branch.heading)
    }
    return optional(key, form)
  }

  /// A finding at the key when it is given.
  func forbid(_ key: Key, _ reason: String) {
    guard let entry = entries[key] else { return }
    reading.fault("`\(entry.value.path)` \(reason)", at: entry.place)
  }

  /// A warning at the key when it is given; its variables are noted and not asked for.
  func ignore(_ key: Key, _ reason: String) {
    guard let entry = entries[key] else { return }
    reading.note(entry.value)
    reading.warn("`\(entry.value.path)` \(reason)", at: entry.place)
  }

  func gives(_ key: Key) -> Bool { entries[key] != nil }

  /// Where the member's value stands; the mapping's name when it is not given.
  func place(of key: Key) -> Place { entries[key]?.value.place ?? branch.heading }

  func path(of key: Key) -> String { Branch.path(branch.path, key.rawValue) }
}
