package import Foundation

/// Reads what an operator pastes: the envelope or problem of an answer, Maskinporten's own error body, a document of
/// Keyturn's, a Sentry event or envelope, log lines.
extension ReportedFailure {
  /// Never fails: what tells nothing is a failure without a code.
  package init(pasted text: String, at now: Date) {
    let (documents, lines) = Self.parts(of: text)
    guard !documents.isEmpty else {
      self.init(source: "pasted text", isPasted: true)
      read([text], at: now)
      return
    }
    let event = documents.first(where: Self.isSentryEvent)
    self.init(source: event == nil ? "pasted JSON" : "a pasted Sentry event", isPasted: true)
    if let event { trail = .breadcrumbs(Self.categories(of: event)) }
    var words = documents.flatMap(Self.strings)
    for document in documents {
      for part in [document, document["failure"]].compactMap(\.self) { take(part, &words) }
    }
    if let event { readTags(of: event) }
    for document in documents { readOutcome([document]) }
    read(words + lines, at: now)
  }

  /// One JSON document, or one a line as in an envelope of Sentry's, or one behind an answer's head; and the lines that
  /// are none.
  private static func parts(of text: String) -> (documents: [JSONValue], lines: [String]) {
    if let whole = documents(in: text) { return (whole, []) }
    var (documents, lines): ([JSONValue], [String]) = ([], [])
    for line in text.split(whereSeparator: \.isNewline) {
      let value = try? JSONValue(parsing: Data(line.utf8))
      if let value, value.object != nil { documents.append(value) } else { lines.append(String(line)) }
    }
    if documents.isEmpty, let start = lines.firstIndex(where: { $0.hasPrefix("{") }),
      let body = Self.documents(in: lines[start...].joined(separator: "\n"))
    {
      return (body, Array(lines[..<start]))
    }
    return (documents, lines)
  }

  /// Nil where the text is no JSON document.
  private static func documents(in text: String) -> [JSONValue]? {
    guard let whole = try? JSONValue(parsing: Data(text.utf8)) else { return nil }
    return whole.array ?? (whole.object == nil ? nil : [whole])
  }

  private static func isSentryEvent(_ value: JSONValue) -> Bool {
    value["breadcrumbs"] != nil || value["exception"] != nil
      || ((value["event_id"] ?? value["eventID"]) != nil
        && ["platform", "level", "tags", "entries"].contains { value[$0] != nil })
  }

  /// As an event is sent, and as Sentry's API hands it out: an entry of the type `breadcrumbs`.
  private static func breadcrumbs(of event: JSONValue) -> [JSONValue] {
    let entry = event["entries"]?.array?.first { $0["type"]?.string == "breadcrumbs" }
    let holder = event["breadcrumbs"] ?? entry?["data"]
    return holder?.array ?? holder?["values"]?.array ?? []
  }

  /// Tags as one object; Sentry also writes them as pairs, and its API as objects with `key` and `value`.
  private static func tags(of event: JSONValue) -> JSONValue? {
    guard let list = event["tags"]?.array else { return event["tags"] }
    let pairs = list.compactMap { item -> (String, JSONValue)? in
      if let pair = item.array, pair.count == 2, let name = pair[0].string { return (name, pair[1]) }
      guard let name = item["key"]?.string, let value = item["value"] else { return nil }
      return (name, value)
    }
    return .object(Dictionary(pairs) { first, _ in first })
  }

  private static func categories(of event: JSONValue) -> [String] {
    breadcrumbs(of: event).compactMap { $0["category"]?.string }
  }

  /// Every string of a document, breadcrumbs and all.
  private static func strings(in value: JSONValue) -> [String] {
    switch value {
    case .string(let text): [text]
    case .array(let values): values.flatMap(strings)
    case .object(let members): members.sorted { $0.key < $1.key }.flatMap { strings(in: $0.value) }
    case .null, .bool, .integer, .number: []
    }
  }

  /// The members that answers of ours, the app's and Maskinporten's carry.
  private mutating func take(_ part: JSONValue, _ words: inout [String]) {
    code = code ?? (part["error_code"] ?? part["code"])?.string.flatMap(AnswerCode.init(rawValue:))
    mpCode = mpCode ?? Self.plain(part["mp_code"])
    traceID = traceID ?? Self.plain(part["trace_id"])
    correlationID = correlationID ?? Self.plain(part["_meta"]?["correlation_id"] ?? part["correlation_id"])
    // What Maskinporten says is read before the words around it.
    words.insert(contentsOf: ["error_description", "error_uri", "cause"].compactMap { part[$0]?.string }, at: 0)
  }

  /// An id that a terminal and a ticket can take as it is; nil for any other text.
  private static func plain(_ value: JSONValue?) -> String? {
    value?.string.flatMap { $0.wholeMatch(of: /[A-Za-z0-9._-]{1,128}/) == nil ? nil : $0 }
  }

  private mutating func readTags(of event: JSONValue) {
    let last = Self.breadcrumbs(of: event).last { $0["category"]?.string == Self.lastBreadcrumb }
    let holders = [Self.tags(of: event), event["extra"], last?["data"]].compactMap(\.self)
    for holder in holders {
      code = code ?? holder["error_code"]?.string.flatMap(AnswerCode.init(rawValue:))
      mpCode = mpCode ?? Self.plain(holder["mp_code"])
      traceID = traceID ?? Self.plain(holder["maskinporten_trace_id"] ?? holder["trace_id"])
      correlationID = correlationID ?? Self.plain(holder["correlation_id"])
    }
    readOutcome(holders)
  }

  /// `outcome` and `reason_code` as the last breadcrumb has them, in a log line or a tag.
  private mutating func readOutcome(_ holders: [JSONValue]) {
    func first(_ name: String) -> String? { holders.lazy.compactMap { $0[name]?.string }.first }
    let reason = first("reason_code")
    switch first("outcome") {
    case "timeout": code = code ?? .timeout
    case "exhausted":
      code = code ?? .transientUpstreamFailure
      let kind = NeighbourTrouble.Kind.allCases.first { $0.rawValue.inSnakeCase == reason }
      guard trouble == nil, code == .transientUpstreamFailure, let kind else { break }
      let detail = "reason_code \(kind.rawValue.inSnakeCase)"
      trouble = NeighbourTrouble(neighbour: "Maskinporten", kind: kind, detail: detail)
    case "client_error":
      let reason = TokenRefusal.Reason.allCases.first { $0.rawValue.inSnakeCase == reason }
      code = code ?? (reason == .scopeDenied ? .maskinportenScopeDenied : .maskinportenAuthFailed)
      told = told ?? reason
    default: break
    }
  }

  /// Codes and phrases, wherever they stand.
  private mutating func read(_ words: [String], at now: Date) {
    let all = words.joined(separator: "\n")
    let (said, trace) = TokenRefusal.separateTrace(from: all)
    let text = said ?? ""
    traceID = traceID ?? trace
    mpCode = mpCode ?? TokenRefusal.mpCode(uri: nil, text: text)
    correlationID = correlationID ?? Self.correlation(in: text)
    code = code ?? Self.upstream.first { text.contains($0.rawValue) } ?? Self.outcome(in: text)
    let error = ["invalid_grant", "invalid_client", "invalid_scope", "invalid_request"].first(where: text.contains)
    let read = TokenRefusal.classify(mpCode: mpCode, text: text, error: error, status: 0)
    let reason = read == .other ? told ?? read : read
    guard reason != .other || error != nil || mpCode != nil || code == .maskinportenAuthFailed else { return }
    let status = code == .maskinportenAuthFailed && error == nil ? 401 : 400
    let refusal = TokenRefusal(
      kid: KeyID(""), at: now, reason: reason, status: status, error: error,
      text: text.lowercased().contains("issue time") ? "Issue time is in the future" : nil, mpCode: mpCode,
      traceID: traceID)
    self.refusal = refusal
    code = code ?? AnswerCode(refusal.failureCode)
  }

  private static let upstream: [AnswerCode] = [
    .maskinportenAuthFailed, .maskinportenScopeDenied, .maskinportenRequestRejected, .transientUpstreamFailure,
  ]

  /// The `outcome` tag of the last breadcrumb, in a log line.
  private static func outcome(in text: String) -> AnswerCode? {
    switch text.firstMatch(of: /outcome["']?\s*[:=]\s*["']?(exhausted|timeout|client_error)/)?.output.1 {
    case "exhausted": .transientUpstreamFailure
    case "timeout": .timeout
    case "client_error": .maskinportenAuthFailed
    default: nil
    }
  }

  private static func correlation(in text: String) -> String? {
    text.firstMatch(of: #/x-correlation-id["']?\s*[:=]\s*["']?([A-Za-z0-9._-]{1,128})/#.ignoresCase())
      .map { String($0.output.1) }
  }
}

extension String {
  /// `unknownKid` as a breadcrumb's `reason_code` has it: `unknown_kid`.
  fileprivate var inSnakeCase: String {
    reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
  }
}
