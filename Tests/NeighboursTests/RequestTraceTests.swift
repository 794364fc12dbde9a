import Foundation
import RotationCore
import Testing

@testable import Neighbours

@Suite struct RequestTraceTests {
  private static let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"

  @Test func `a span stays in its caller's trace under an id of its own`() throws {
    let span = try #require(RequestTrace.span(under: Self.parent, correlationID: "c-1").context)
    #expect(span.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
    #expect(span.spanID != "00f067aa0ba902b7")
    #expect(span.flags == "00")
    #expect(RequestTrace.span(under: Self.parent).correlationID == span.traceID)
  }

  @Test(arguments: [
    nil, "", "00-abc-def-01", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
    "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", parent + "-more",
  ])
  func `without a valid caller a trace begins`(parent: String?) throws {
    let first = try #require(RequestTrace.span(under: parent).context)
    let second = try #require(RequestTrace.span(under: parent).context)
    #expect(first.traceID != second.traceID)
    #expect(!Self.parent.contains(first.traceID))
    #expect(first.flags == "01")
  }

  @Test func `a later version is read as far as it is known`() {
    #expect(SpanContext("01" + Self.parent.dropFirst(2) + "-what-comes")?.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
  }

  @Test func `the token endpoint, the portal, the app and its beacon are all asked within the trace`() async throws {
    let neighbourhood = try Neighbourhood()
    let trace = RequestTrace.span(under: Self.parent, correlationID: "c-5")
    try await withServer({ request, _ in
      request.line.contains("/token") ? Neighbourhood.granted() : .json(200, #"{"keys":[],"status":"ready","kid":"k"}"#)
    }) { server in
      try await RequestTrace.$current.withValue(trace) {
        _ = try await neighbourhood.portal(server.url).read()
        _ = try await HTTPReadinessProbe(url: server.url + "/r", secret: nil, transport: neighbourhood.transport)
          .status()
        _ = try await HTTPSignerBeacon(url: server.url + "/b", transport: neighbourhood.transport).signingKid()
      }
      #expect(server.requests.count == 4)
      #expect(server.requests.allSatisfy { $0.headers["traceparent"] == trace.traceparent })
      #expect(server.requests.allSatisfy { $0.headers["x-correlation-id"] == "c-5" })
    }
  }
}
