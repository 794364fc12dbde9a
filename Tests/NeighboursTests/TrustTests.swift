import Foundation
import RotationCore
import RotationTestSupport
import Testing

@testable import Neighbours

/// `ca_file`, against a TLS server with a certificate made for the test.
@Suite(.enabled(if: ForeignTool.has("python3", "-c", "import ssl") && ForeignTool.has("openssl", "version")))
struct TrustTests {
  private static let server = """
    import http.server, ssl, sys
    class Answer(http.server.BaseHTTPRequestHandler):
      def do_POST(self):
        self.rfile.read(int(self.headers['Content-Length']))
        self.send_response(200)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', '11')
        self.end_headers()
        self.wfile.write(b'{"ok":true}')
      def log_message(self, *_): pass
    server = http.server.HTTPServer(('127.0.0.1', 0), Answer)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_address[1], flush=True)
    server.serve_forever()
    """

  @Test func `an extra anchor is trusted, and without it the write is never sent`() async throws {
    try await withFolder { folder in
      let (certificate, key) = try Self.certificate(folder, for: "IP:127.0.0.1")
      try await serving(certificate, key) { url in
        let call = HTTPCall.post(url, Data("{}".utf8), as: "application/json")
        let answer = try await Self.transport(trusting: certificate).send(call, to: "X")
        #expect(answer.status == 200)
        let trouble = await #expect(throws: NeighbourTrouble.self) {
          try await Self.transport(trusting: nil).send(call, to: "X")
        }
        #expect(trouble?.kind == .unreachable)
        #expect(trouble?.detail.contains("TLS") == true, "\(trouble?.detail ?? "")")
        #expect(trouble?.obstacle == .tls)
      }
    }
  }

  @Test func `a trusted certificate of another host is not this host's`() async throws {
    try await withFolder { folder in
      let (certificate, key) = try Self.certificate(folder, for: "DNS:elsewhere.example")
      try await serving(certificate, key) { url in
        let call = HTTPCall.post(url, Data("{}".utf8), as: "application/json")
        let trouble = await #expect(throws: NeighbourTrouble.self) {
          try await Self.transport(trusting: certificate).send(call, to: "X")
        }
        #expect(trouble?.kind == .unreachable && trouble?.obstacle == .tls)
      }
    }
  }

  private static func transport(trusting certificate: String?) throws -> HTTPTransport {
    let limits = HTTPTransport.Limits(connect: .seconds(60), answer: .seconds(60))
    return try HTTPTransport(version: "1", caFile: certificate, limits: limits, clock: ManualClock())
  }

  private static func certificate(_ folder: String, for name: String) throws -> (certificate: String, key: String) {
    let (certificate, key) = (folder + "/cert.pem", folder + "/key.pem")
    _ = try ForeignTool.output([
      "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=keyturn-test", "-addext",
      "subjectAltName=" + name, "-keyout", key, "-out", certificate,
    ])
    return (certificate, key)
  }

  private func serving(_ certificate: String, _ key: String, _ body: (String) async throws -> Void) async throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-c", Self.server, certificate, key]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    defer {
      // SIGTERM would not reach it: a child inherits what this thread blocks.
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
    let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    let port = try #require(Int(line.trimmingCharacters(in: .newlines)))
    try await body("https://127.0.0.1:\(port)")
  }
}
