/// Every key that a runbook may hold, from the enums that decode them.
package enum RunbookMembers {
  /// `key.bits`, `targets[dotenv].path`, `notify[].url`: by section, in the order in which a runbook is written.
  package static var all: [String] { sections.flatMap { names($0).map(\.path) } }

  static let sections: [any Member.Type] = [
    RunbookMember.self, MaskinportenMember.self, KeyMember.self, PortalMember.self, DotenvMember.self,
    VercelMember.self, ExecMember.self, VariablesMember.self, VerificationMember.self, TimingMember.self,
    WindowMember.self, ApprovalsMember.self, WebhookMember.self,
  ]

  /// What to say of a key that `section` does not have: the one meant, where it belongs, or what is known there.
  static func unknown<Key: Member>(_ key: String, in section: Key.Type) -> String {
    let place = Key.section.isEmpty ? "" : " in `\(Key.section)`"
    guard Spelling.isPrintableKey(key) else { return "unknown key\(place)" }
    let known = Key.allCases.map(\.rawValue)
    if let near = Spelling.nearest(to: key, among: known) {
      return "unknown key `\(key)`\(place); did you mean `\(near)`?"
    }
    let homes = Set(sections.filter { names($0).contains { $0.key == key } }.map { $0.section })
    if let home = homes.first, homes.count == 1 {
      return "unknown key `\(key)`\(place); it belongs \(home.isEmpty ? "to the runbook itself" : "in `\(home)`")"
    }
    return "unknown key `\(key)`\(place); known here: \(known.joined(separator: ", "))"
  }

  private static func names<Key: Member>(_ section: Key.Type) -> [(key: String, path: String)] {
    Key.allCases.map { ($0.rawValue, Key.section.isEmpty ? $0.rawValue : "\(Key.section).\($0.rawValue)") }
  }
}
