private import Foundation

/// What an unquoted scalar means by YAML 1.2's core schema (section 10.3.2). `yes`, `on` and `20:00` are text there.
enum PlainScalar: Equatable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case text

  init(_ written: String) {
    switch written {
    case "", "~", "null", "Null", "NULL": self = .null
    case "true", "True", "TRUE": self = .bool(true)
    case "false", "False", "FALSE": self = .bool(false)
    case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": self = .number(.infinity)
    case "-.inf", "-.Inf", "-.INF": self = .number(-.infinity)
    case ".nan", ".NaN", ".NAN": self = .number(.nan)
    default: self = Self.number(written) ?? .text
    }
  }

  private static func number(_ written: String) -> PlainScalar? {
    guard let first = written.utf8.first, "+-.0123456789".utf8.contains(first), written.utf8.count <= 64 else {
      return nil
    }
    if written.wholeMatch(of: /[-+]?[0-9]+/) != nil {
      return Int64(written).map(PlainScalar.integer) ?? Double(written).map(PlainScalar.number)
    }
    if written.wholeMatch(of: /0o[0-7]+/) != nil {
      return Int64(written.dropFirst(2), radix: 8).map(PlainScalar.integer) ?? .number(.infinity)
    }
    if written.wholeMatch(of: /0x[0-9a-fA-F]+/) != nil {
      return Int64(written.dropFirst(2), radix: 16).map(PlainScalar.integer) ?? .number(.infinity)
    }
    if written.wholeMatch(of: /[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?/) != nil {
      return .number(Double(written) ?? .infinity)
    }
    return nil
  }
}
