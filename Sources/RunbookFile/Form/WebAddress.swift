/// An absolute http or https URL (RFC 3986), read strictly: what passes is read alike by every client.
struct WebAddress {
  let isHTTPS: Bool
  let host: String
  let hasQuery: Bool

  enum Problem: String, Error {
    case notAnAddress = "must be an https URL"
    case user = "must not hold a user or a password"
    case fragment = "must not have a fragment (`#`)"
    case host = "must name a host"
    case port = "must have a port from 1 to 65535"
  }

  init(_ text: String) throws(Problem) {
    let lowered = text.lowercased()
    isHTTPS = lowered.hasPrefix("https://")
    guard isHTTPS || lowered.hasPrefix("http://"), Self.hasOnlyURICharacters(text) else { throw .notAnAddress }
    guard !text.contains("#") else { throw .fragment }
    let rest = text.dropFirst(isHTTPS ? 8 : 7)
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    guard !authority.contains("@") else { throw .user }
    hasQuery = rest.contains("?")
    (host, _) = try Self.split(authority)
  }

  /// 127.0.0.0/8, ::1 and `localhost`.
  var isLoopback: Bool {
    if host == "localhost" || host == "[::1]" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil && $0.first != "+" }
  }

  private static func split(_ authority: Substring) throws(Problem) -> (host: String, port: Int?) {
    let isLiteral = authority.hasPrefix("[")
    let end =
      isLiteral ? authority.firstIndex(of: "]").map { authority.index(after: $0) } : authority.firstIndex(of: ":")
    let host = authority[..<(end ?? authority.endIndex)]
    guard isLiteral ? isAddressLiteral(host) : isName(host) else { throw .host }
    let tail = authority[host.endIndex...]
    guard !tail.isEmpty else { return (host.lowercased(), nil) }
    guard tail.first == ":", tail.count > 1, tail.dropFirst().allSatisfy({ ("0"..."9").contains($0) }),
      let port = Int(tail.dropFirst()), (1...65_535).contains(port)
    else { throw .port }
    return (host.lowercased(), port)
  }

  /// Labels of letters, digits, `-` and `_`, no `-` at an end; an IPv4 address is one too.
  private static func isName(_ host: Substring) -> Bool {
    let labels = (host.hasSuffix(".") ? host.dropLast() : host).split(separator: ".", omittingEmptySubsequences: false)
    return host.utf8.count <= 253
      && labels.allSatisfy { label in
        !label.isEmpty && !label.hasPrefix("-") && !label.hasSuffix("-")
          && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
      }
  }

  private static func isAddressLiteral(_ host: Substring) -> Bool {
    host.hasSuffix("]") && host.contains(":")
      && host.dropFirst().dropLast().utf8.allSatisfy {
        isHex($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".")
      }
  }

  /// RFC 3986 section 2: reserved and unreserved characters, and `%` before two hex digits.
  private static func hasOnlyURICharacters(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    let special = Set("-._~:/?#[]@!$&'()*+,;=%".utf8)
    return bytes.indices.allSatisfy { index in
      let byte = bytes[index]
      guard byte == UInt8(ascii: "%") else { return isAlphanumeric(byte) || special.contains(byte) }
      return index + 2 < bytes.count && isHex(bytes[index + 1]) && isHex(bytes[index + 2])
    }
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }

  private static func isHex(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
  }
}
