import Foundation
import Logging
import RotationCore
import Testing

@testable import KeyturnCLI

@Suite struct StructuredLogTests {
  private func said(_ environment: [String: String] = [:], onTerminal: Bool = false, _ body: (Logger) -> Void)
    -> [String]
  {
    let transcript = Transcript()
    let streams = transcript.streams(answer: onTerminal ? "" : nil)
    body(StructuredLog.logger("keyturn.test", .test(environment, streams)))
    return transcript.err.split(separator: "\n").map(String.init)
  }

  @Test func `a line is one JSON object, with numbers as numbers and no way out of it`() throws {
    let lines = said { logger in
      logger.warning("hello", metadata: ["n": .stringConvertible(7), "text": "a\nb\"}", "list": ["x", "y"]])
    }
    #expect(lines.count == 1)
    let line = try JSONValue(parsing: Data(#require(lines.first).utf8))
    #expect(line["level"] == "warning" && line["logger"] == "keyturn.test" && line["message"] == "hello")
    #expect(line["n"] == 7 && line["text"] == "a\nb\"}" && line["list"] == ["x", "y"])
    #expect(line["at"]?.string?.hasSuffix("Z") == true)
  }

  @Test func `the level is what was asked for, and a terminal is spared what went well`() {
    func levels(_ value: String?, onTerminal: Bool = false) -> Int {
      said(value.map { ["KEYTURN_LOG": $0] } ?? [:], onTerminal: onTerminal) { logger in
        logger.info("a")
        logger.warning("b")
        logger.error("c")
      }.count
    }
    #expect(levels(nil) == 3)
    #expect(levels(nil, onTerminal: true) == 2)
    #expect(levels("info", onTerminal: true) == 3)
    #expect(levels("ERROR") == 1)
    #expect(levels("off") == 0)
  }
}
