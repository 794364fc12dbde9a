import ArgumentParser
import Foundation
import FoundationNetworking
import RotationCore
import RotationTestSupport
import Testing

@testable import ControlServer
@testable import KeyturnCLI

@Suite struct ServeTests {
  private func window(_ state: RotatedState) throws -> StateWindow { StateWindow(session: try state.stage.session()) }

  @Test func `the door tells what status and history print`() async throws {
    let state = try await RotatedState(until: .published)
    let window = try window(state)
    #expect(try window.history() == (await state.json("history")))
    let own = try #require(try window.rotation(state.rotation.id))
    let printed = try await state.json("status", state.rotation.id.rawValue)
    for member in ["schema", "rotation", "phase", "since", "revision", "outgoing", "incoming", "overlap", "rollback"] {
      #expect(own[member] == printed[member], "\(member)")
    }
    #expect(Set(try #require(own.object).keys) == Set(try #require(printed.object).keys))
    #expect(try window.rotation(RotationID(rawValue: "R-20261122-0000")) == nil)
    await state.stage.close()
  }

  @Test func `the expiry is what a rotation saw in the portal, and when`() async throws {
    let state = try await RotatedState(until: .published)
    let client = try #require(try window(state).expiry()?["clients"]?.array?.first)
    #expect(client["client_id"]?.string == state.rotation.clientID.rawValue)
    #expect(client["seen_at"]?.string == state.rotation.lastSeen.portalAt?.iso8601)
    let kids = try #require(client["keys"]?.array).compactMap { $0["kid"]?.string }
    #expect(Set(kids) == Set(state.rotation.lastSeen.portal?.kids.map(\.rawValue) ?? []))
    await state.stage.close()
  }

  @Test func `the overview has the phases, the guards and the size of the log`() async throws {
    let state = try await RotatedState(until: .published)
    let overview = try window(state).overview()
    let shown = try #require(overview.current.first)
    #expect(shown.rotation.id == state.rotation.id)
    #expect(!shown.guards.isEmpty)
    #expect(overview.phases == [state.rotation.phase: 1])
    #expect(overview.entries > 4)
    #expect(overview.keySets.first?.keys.isEmpty == false)
    #expect(try window(state).logFile("../keyturn.sqlite") == nil)
    await state.stage.close()
  }

  @Test func `the dashboard tells what status and history tell, and its style is the one that its policy names`()
    async throws
  {
    let state = try await RotatedState(until: .published)
    let page = try window(state).dashboard(.mock)
    for word in [
      state.rotation.id.rawValue, "safe to walk away: yes", ", \(state.rotation.phase.rawValue)</h2>",
      "the live integration is in mock mode", "<svg",
      "as the portal listed them at",
    ] { #expect(page.html.lowercased().contains(word.lowercased()), "\(word)") }
    #expect(!page.html.contains("<script"))
    #expect(page.html.components(separatedBy: "<style>\(page.style)</style>").count == 2)
    #expect(page.html.components(separatedBy: "<style").count == 2)
    await state.stage.close()
  }

  @Test func `what an operator wrote is text on the dashboard, never markup`() throws {
    var rotation = Sample.proven()
    rotation.runbookName = "<script>alert(1)</script>"
    let report = try Sample.report(rotation)
    let dashboard = DashboardReport(
      rotations: [(report, Timeline([]))], history: [], keySets: [], readiness: .ready, now: Sample.now)
    #expect(!dashboard.page.html.contains("<script"))
    #expect(dashboard.page.html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
  }

  @Test func `a state that is not there yet is an empty one`() throws {
    let folder = try TestFolder()
    let session = Session(
      .test(in: folder.path, Transcript().streams()), try GlobalOptions.parse([]), command: "serve")
    let window = StateWindow(session: session)
    #expect(try window.history()["rotations"] == [])
    #expect(try window.expiry() == nil)
    #expect(try window.overview().current.isEmpty)
    #expect(try window.dashboard(.mock).html.contains("No rotation has seen"))
    #expect(try window.logFile("checkpoint") == nil)
    #expect(folder.names.isEmpty)
  }

  @Test func `serve starts whatever the environment, says what is missing, and ends when asked`() async throws {
    let folder = try TestFolder()
    let transcript = Transcript()
    var configuration = Configuration.test(
      ["MASKINPORTEN_MODE": "live"], in: folder.path, transcript.streams(), clock: SystemClock())
    configuration.stop = StopSignal()
    let asked = configuration
    let run = Task { await Program.run(["serve", "--port", "0", "--json"], asked) }
    while transcript.out.isEmpty { await Task.yield() }
    let url = try #require(try JSONValue(parsing: Data(transcript.out.utf8))["url"]?.string)
    let path = "/api/v1/_internal/maskinporten/readiness"
    let (data, response) = try await URLSession.shared.data(from: #require(URL(string: url + path)))
    #expect((response as? HTTPURLResponse)?.statusCode == 401)
    #expect(try JSONValue(parsing: data)["error_code"] == "UNAUTHORIZED")
    configuration.stop.request()
    #expect(await run.value == 0)
    #expect(transcript.err.contains("MASKINPORTEN_PRIVATE_KEY missing"))
    #expect(transcript.err.contains("INTERNAL_API_SECRET is missing or shorter than 32 characters"))
    #expect(transcript.err.contains(#""logger":"keyturn.serve","message":"request""#))
    #expect(folder.names.isEmpty)
  }

  @Test func `a secret that no request can carry is said at the start`() async throws {
    let folder = try TestFolder()
    let transcript = Transcript()
    var configuration = Configuration.test(
      ["INTERNAL_API_SECRET": String(repeating: "s", count: 40) + "\n"], in: folder.path, transcript.streams(),
      clock: SystemClock())
    configuration.stop = StopSignal()
    let asked = configuration
    let run = Task { await Program.run(["serve", "--port", "0"], asked) }
    while transcript.out.isEmpty { await Task.yield() }
    configuration.stop.request()
    #expect(await run.value == 0)
    #expect(transcript.err.contains("INTERNAL_API_SECRET ends in a line break (U+000A), which no request can carry"))
  }

  @Test func `numbers of the request log are numbers`() async throws {
    let folder = try TestFolder()
    let transcript = Transcript()
    var configuration = Configuration.test([:], in: folder.path, transcript.streams(), clock: SystemClock())
    configuration.stop = StopSignal()
    let asked = configuration
    let run = Task { await Program.run(["serve", "--port", "0", "--json"], asked) }
    while transcript.out.isEmpty { await Task.yield() }
    let url = try #require(try JSONValue(parsing: Data(transcript.out.utf8))["url"]?.string)
    _ = try await URLSession.shared.data(from: #require(URL(string: url + "/healthz")))
    configuration.stop.request()
    #expect(await run.value == 0)
    let line = try #require(transcript.err.split(separator: "\n").first { $0.contains(#""message":"request""#) })
    let log = try JSONValue(parsing: Data(line.utf8))
    #expect(log["status"] == 200 && log["bytes"]?.integer != nil && log["duration_ms"]?.integer != nil)
  }

  @Test func `the document bears the program's version`() {
    #expect(OpenAPIDocument.text.contains("\n  version: \(Program.version)\n"))
  }
}
