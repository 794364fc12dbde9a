internal import RotationCore

enum ApprovalsMember: String, Member {
  case swap, retire
  static let section = "approvals"
}

extension Runbook.Approvals {
  static func read(_ reader: MappingReader<ApprovalsMember>) -> Self? {
    Self(
      swap: reader.optional(.swap, .integer(in: 0...10)) ?? 0,
      retire: reader.optional(.retire, .integer(in: 0...10)) ?? 0)
  }
}
