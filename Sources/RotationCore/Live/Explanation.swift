/// What an error means to the one who reads it: Norwegian Bokmål for an API's consumer, who can repair nothing here,
/// English for the operator, who can.
package struct Explanation: Sendable, Hashable {
  package enum Reader: String, Sendable, CaseIterable { case consumer, `operator` }

  package var summary: String
  package var why: String?
  package var fixSteps: [String]
  package var relevantLink: String?

  package init(_ summary: String, why: String? = nil, fixSteps: [String] = [], relevantLink: String? = nil) {
    self.summary = summary
    self.why = why
    self.fixSteps = fixSteps
    self.relevantLink = relevantLink
  }

  /// `{"summary","why"?,"fix_steps"?,"relevant_link"?}`.
  package var json: JSONValue {
    var members: [String: JSONValue] = ["summary": .string(summary)]
    members["why"] = why.map(JSONValue.string)
    if !fixSteps.isEmpty { members["fix_steps"] = .array(fixSteps.map(JSONValue.string)) }
    members["relevant_link"] = relevantLink.map(JSONValue.string)
    return .object(members)
  }

  package static func of(_ code: AnswerCode, for reader: Reader) -> Explanation {
    switch reader {
    case .consumer: forConsumer(code)
    case .operator: forOperator(code)
    }
  }

  static let errorPage = "https://docs.digdir.no/docs/Maskinporten/maskinporten_feilsoking"
  static let statusPage = "https://status.digdir.no"
}
