import Foundation
import RotationCore
import Testing

@testable import Neighbours

#if os(Linux)
  import CExtendedAttributes
#endif

@Suite struct DotenvTargetTests {
  private static func target(_ path: String, _ encoding: Runbook.Dotenv.Encoding = .singleQuoted) -> DotenvTarget {
    DotenvTarget(Runbook.Dotenv(path: path, encoding: encoding), folder: "/", environment: [:], withheld: [])
  }

  private func reading(_ text: String, _ encoding: Runbook.Dotenv.Encoding = .singleQuoted) async throws -> String {
    try await withFolder { folder in
      try put(text, folder + "/.env")
      return Self.say(await Self.target(folder + "/.env", encoding).read())
    }
  }

  private static func say(_ reading: consuming TargetReading) -> String {
    switch reading {
    case .pair(let pair): "pair \(pair.kid) \(pair.pemText())"
    case .kidOnly(let kid): "kid \(kid)"
    case .writeOnly: "write-only"
    case .absent: "absent"
    case .broken(let problem): "broken: \(problem)"
    case .unreadable(let trouble): "unreadable: \(trouble.kind.rawValue): \(trouble.detail)"
    }
  }

  private static func contents(_ path: String) throws -> String { try text(of: path) }
  private static func permissions(_ path: String) throws -> Int { try mode(of: path) }

  private static let before = """
    # don't touch
    export NODE_ENV=production # yes
    OTHER="multi
    MASKINPORTEN_KID=not-this
    line"
    MASKINPORTEN_KID=old-kid   # rotated by keyturn
    MASKINPORTEN_PRIVATE_KEY='-----BEGIN PRIVATE KEY-----
    AAAA
    -----END PRIVATE KEY-----
    '
    LAST=`it's`
    """

  @Test(arguments: Runbook.Dotenv.Encoding.allCases) func `a written pair reads back, and nothing else moved`(
    encoding: Runbook.Dotenv.Encoding
  ) async throws {
    for newline in ["\n", "\r\n"] {
      try await withFolder { folder in
        let path = folder + "/.env"
        var old = Self.before.replacing("\n", with: newline)
        if encoding == .base64 { old = old.replacing(#/'-----[^']*'/#, with: "b2xk") }
        try put(old, path)
        let pem = try Signer.pair().pemText()
        try await Self.target(path, encoding).write(try Signer.pair("new-kid"), replacing: "old-kid")
        let literal =
          switch encoding {
          case .singleQuoted: "'\(pem)'"
          case .doubleQuoted: "\"\(pem)\""
          case .escaped: "\"\(pem.replacing("\n", with: "\\n"))\""
          case .base64: base64(pem)
          }
        let expected = old.replacing("old-kid", with: "new-kid").replacing(
          #/PRIVATE_KEY=(?:'-----[^']*'|b2xk)/#, with: "PRIVATE_KEY=" + literal)
        #expect(try text(of: path) == expected)
        #expect(Self.say(await Self.target(path, encoding).read()) == "pair new-kid " + pem)
        #expect(try names(in: folder) == [".env"])
      }
    }
  }

  @Test(.enabled(if: ForeignTool.has("node", "--version")), arguments: Runbook.Dotenv.Encoding.allCases)
  func `Node reads what was written and can sign with it`(encoding: Runbook.Dotenv.Encoding) async throws {
    let script = """
      const raw = process.env.MASKINPORTEN_PRIVATE_KEY
      const pem = process.argv[1] === 'base64' ? Buffer.from(raw, 'base64').toString() : raw
      const key = require('node:crypto').createPrivateKey(pem)
      process.stdout.write(JSON.stringify([process.env.MASKINPORTEN_KID, pem, key.asymmetricKeyType, process.env.LAST]))
      """
    try await written(encoding) { path, pem in
      let said = try ForeignTool.output(["node", "--env-file=" + path, "-e", script, encoding.rawValue])
      #expect(try JSONValue(parsing: said) == ["new-kid", .string(pem), "rsa", "it's"])
    }
  }

  @Test(.enabled(if: ForeignTool.has("python3", "-c", "import dotenv")), arguments: Runbook.Dotenv.Encoding.allCases)
  func `python-dotenv reads what was written`(encoding: Runbook.Dotenv.Encoding) async throws {
    let script = """
      import base64, dotenv, json, sys
      values = dotenv.dotenv_values(sys.argv[1])
      key = values['MASKINPORTEN_PRIVATE_KEY']
      if sys.argv[2] == 'base64': key = base64.b64decode(key).decode()
      print(json.dumps([values['MASKINPORTEN_KID'], key]))
      """
    try await written(encoding) { path, pem in
      let said = try ForeignTool.output(["python3", "-c", script, path, encoding.rawValue])
      #expect(try JSONValue(parsing: said) == ["new-kid", .string(pem)])
    }
  }

  @Test(
    .enabled(if: ForeignTool.has("bash", "--version")),
    arguments: [.singleQuoted, .doubleQuoted, .base64] as [Runbook.Dotenv.Encoding])
  func `a shell reads what was written`(encoding: Runbook.Dotenv.Encoding) async throws {
    let script = #". "$1"; printf '%s %s' "$MASKINPORTEN_KID" "$MASKINPORTEN_PRIVATE_KEY""#
    try await written(encoding) { path, pem in
      let said = String(decoding: try ForeignTool.output(["bash", "-c", script, "_", path]), as: UTF8.self)
      #expect(said == "new-kid " + (encoding == .base64 ? base64(pem) : pem))
    }
  }

  private func written(_ encoding: Runbook.Dotenv.Encoding, _ check: (String, String) async throws -> Void) async throws
  {
    try await withFolder { folder in
      let path = folder + "/app.env"
      let before = "FIRST=\"1\"\nMASKINPORTEN_KID=old\nexport MASKINPORTEN_PRIVATE_KEY=old\nLAST=\"it's\"\n"
      try put(before, path)
      try await Self.target(path, encoding).write(try Signer.pair("new-kid"), replacing: "old")
      try await check(path, try Signer.pair().pemText())
    }
  }

  @Test func `what is not a pair is told as what it is`() async throws {
    let pem = try Signer.pair().pemText()
    let escaped = pem.replacing("\n", with: "\\n")
    #expect(try await reading("A=1\n") == "absent")
    #expect(try await reading("MASKINPORTEN_KID=\nMASKINPORTEN_PRIVATE_KEY=''\n") == "absent")
    #expect(
      try await reading("MASKINPORTEN_KID=k") == "broken: MASKINPORTEN_KID is set and MASKINPORTEN_PRIVATE_KEY is not")
    #expect(
      try await reading("MASKINPORTEN_PRIVATE_KEY='\(pem)'")
        == "broken: MASKINPORTEN_PRIVATE_KEY is set and MASKINPORTEN_KID is not")
    #expect(try await reading("MASKINPORTEN_KID=k\nMASKINPORTEN_PRIVATE_KEY='\(escaped)'").contains("backslash"))
    #expect(try await reading("MASKINPORTEN_KID=k\nMASKINPORTEN_PRIVATE_KEY=\(pem)").contains("first line"))
    #expect(try await reading("MASKINPORTEN_KID=k\nMASKINPORTEN_PRIVATE_KEY='\(pem)'", .base64).contains("not base64"))
    #expect(try await reading("MASKINPORTEN_KID=k\nMASKINPORTEN_PRIVATE_KEY=\"\(escaped)\"") == "pair k \(pem)")
    #expect(
      try await reading("MASKINPORTEN_KID=a\nMASKINPORTEN_KID='b'\nMASKINPORTEN_PRIVATE_KEY='\(pem)'")
        == "pair b \(pem)")
  }

  @Test func `a problem never shows the value`() async throws {
    let secret = "-----BEGIN PRIVATE KEY-----\\nTOPSECRET\\n-----END PRIVATE KEY-----"
    #expect(try await !reading("MASKINPORTEN_KID=k\nMASKINPORTEN_PRIVATE_KEY='\(secret)'").contains("TOPSECRET"))
  }

  @Test func `what cannot be read says why`() async throws {
    try await withFolder { folder in
      #expect(Self.say(await Self.target(folder + "/none").read()).contains("no such file: put it back"))
      #expect(Self.say(await Self.target(folder).read()).hasPrefix("unreadable: unreachable"))
      try put(String(repeating: "#\n", count: 524_289), folder + "/huge")
      #expect(Self.say(await Self.target(folder + "/huge").read()).contains("too large"))
      try FileManager.default.createSymbolicLink(atPath: folder + "/loop", withDestinationPath: "loop")
      #expect(Self.say(await Self.target(folder + "/loop").read()).contains("symbolic link"))
      mkfifo(folder + "/pipe", 0o600)
      #expect(Self.say(await Self.target(folder + "/pipe").read()).hasPrefix("unreadable"))
    }
  }

  @Test func `a file that moved on is left alone`() async throws {
    let pem = try Signer.pair().pemText()
    let pair = "MASKINPORTEN_KID=theirs\nMASKINPORTEN_PRIVATE_KEY='\(pem)'\n"
    for (text, expected) in [
      (pair, "mine" as KeyID?), (pair, nil), ("A=1\n", "mine"), ("MASKINPORTEN_KID=x\n", "mine"),
    ] {
      try await withFolder { folder in
        let path = folder + "/.env"
        try put(text, path)
        let trouble = await #expect(throws: NeighbourTrouble.self) {
          try await Self.target(path).write(try Signer.otherPair("new"), replacing: expected)
        }
        #expect(trouble?.kind == .rejected)
        #expect(try Self.contents(path) == text)
        #expect(try names(in: folder) == [".env"])
      }
    }
  }

  @Test func `a broken pair is written over where none was expected`() async throws {
    for text in ["MASKINPORTEN_KID=x\n", "A=1\n", "MASKINPORTEN_KID=x\nMASKINPORTEN_PRIVATE_KEY=half\n"] {
      try await withFolder { folder in
        try put(text, folder + "/.env")
        try await Self.target(folder + "/.env").write(try Signer.pair("new"), replacing: nil)
        #expect(Self.say(await Self.target(folder + "/.env").read()).hasPrefix("pair new "))
      }
    }
  }

  @Test func `the same write again touches nothing`() async throws {
    try await withFolder { folder in
      let path = folder + "/.env"
      try put("MASKINPORTEN_KID=old\n", path)
      try await Self.target(path).write(try Signer.pair("new"), replacing: "old")
      let first = try inode(of: path)
      try await Self.target(path).write(try Signer.pair("new"), replacing: "old")
      #expect(try inode(of: path) == first)
    }
  }

  @Test func `a pair that stands there in another form is no change by someone else`() async throws {
    try await withFolder { folder in
      let path = folder + "/.env"
      let pem = try Signer.pair().pemText()
      try put("MASKINPORTEN_KID=\"new\"\nMASKINPORTEN_PRIVATE_KEY=\"\(pem)\"\n", path)
      try await Self.target(path).write(try Signer.pair("new"), replacing: "old")
      #expect(try text(of: path) == "MASKINPORTEN_KID=new\nMASKINPORTEN_PRIVATE_KEY='\(pem)'\n")
    }
  }

  @Test func `mode and symbolic links stay`() async throws {
    for mode in [0o600, 0o640, 0o644, 0o400] {
      try await withFolder { folder in
        try FileManager.default.createDirectory(atPath: folder + "/real", withIntermediateDirectories: false)
        try put("MASKINPORTEN_KID=old\n", folder + "/real/env", mode: mode)
        try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: "real/env")
        try await Self.target(folder + "/link").write(try Signer.pair("new"), replacing: "old")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder + "/link") == "real/env")
        #expect(try Self.permissions(folder + "/real/env") == mode)
        #expect(try text(of: folder + "/real/env").hasPrefix("MASKINPORTEN_KID=new\n"))
        #expect(try names(in: folder) == ["link", "real"])
        #expect(try names(in: folder + "/real") == ["env"])
      }
    }
  }

  @Test(.enabled(if: geteuid() == 0)) func `the owner stays`() async throws {
    try await withFolder { folder in
      let path = folder + "/.env"
      try put("MASKINPORTEN_KID=old\n", path)
      #expect(chown(path, 4711, 4712) == 0)
      try await Self.target(path).write(try Signer.pair("new"), replacing: "old")
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      #expect(attributes[.ownerAccountID] as? NSNumber == 4711)
      #expect(attributes[.groupOwnerAccountID] as? NSNumber == 4712)
    }
  }

  #if os(Linux)
    @Test func `an access list and other extended attributes stay`() async throws {
      try await withFolder { folder in
        let path = folder + "/.env"
        try put("MASKINPORTEN_KID=old\n", path)
        // Version 2: owner rw, user 1001 r, group r, mask r, others none.
        let list: [UInt8] = [
          2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 2, 0, 4, 0, 233, 3, 0, 0, 4, 0, 4, 0, 255, 255, 255, 255, 16, 0,
          4, 0,
          255, 255, 255, 255, 32, 0, 0, 0, 255, 255, 255, 255,
        ]
        let values: [String: [UInt8]] = ["user.keyturn-test": [1, 0, 2], "system.posix_acl_access": list]
        for (name, value) in values {
          guard setxattr(path, name, value, value.count, 0) == 0 else {
            print("skipped: \(folder) takes no \(name)")
            return
          }
        }
        let mode = try mode(of: path)
        try await Self.target(path).write(try Signer.pair("new"), replacing: "old")
        for (name, value) in values {
          var found = [UInt8](repeating: 0, count: 256)
          let count = getxattr(path, name, &found, found.count)
          #expect(Array(found.prefix(max(0, count))) == value, "\(name)")
        }
        #expect(try Self.permissions(path) == mode)
      }
    }
  #endif

  @Test func `the preflight names what would keep a swap from the file, and who else may read it`() async throws {
    try await withFolder { folder in
      let path = folder + "/.env"
      try put("MASKINPORTEN_KID=old\n", path)
      #expect(await Self.target(path).preflight() == TargetPreflight())
      #expect(chmod(path, 0o644) == 0)
      #expect(await Self.target(path).preflight().warnings.contains { $0.contains("chmod o-r") })
      try FileManager.default.linkItem(atPath: path, toPath: folder + "/copy")
      #expect(await Self.target(path).preflight().problems.contains { $0.contains("2 hard links") })
    }
  }

  @Test func `a file with a second name is refused`() async throws {
    try await withFolder { folder in
      try put("MASKINPORTEN_KID=old\n", folder + "/.env")
      try FileManager.default.linkItem(atPath: folder + "/.env", toPath: folder + "/copy")
      let trouble = await #expect(throws: NeighbourTrouble.self) {
        try await Self.target(folder + "/.env").write(try Signer.pair("new"), replacing: "old")
      }
      #expect(trouble?.detail.contains("2 hard links") == true)
      #expect(try names(in: folder) == [".env", "copy"])
    }
  }

  @Test func `a key or kid that the file could not give back is not written`() async throws {
    try await withFolder { folder in
      let path = folder + "/.env"
      try put("MASKINPORTEN_KID=old\n", path)
      let pairs = [
        ("a'b", nil), ("a\nb", nil), ("", nil), ("k", "no PEM"),
        ("k", "-----BEGIN PRIVATE KEY-----\n'$\n-----END PRIVATE KEY-----"),
      ]
      for (kid, pem) in pairs as [(String, String?)] {
        let trouble = await #expect(throws: NeighbourTrouble.self) {
          let key = try pem.map { SecretBytes(utf8: $0) } ?? Signer.pair().privateKey.copy()
          try await Self.target(path).write(SigningPair(kid: KeyID(kid), privateKey: key), replacing: "old")
        }
        #expect(trouble?.kind == .rejected)
      }
      #expect(try text(of: path) == "MASKINPORTEN_KID=old\n")
      try await Self.target(path).write(try Signer.pair("urn:x y"), replacing: "old")
      #expect(try text(of: path).hasPrefix("MASKINPORTEN_KID='urn:x y'\n"))
      #expect(Self.say(await Self.target(path).read()).hasPrefix("pair urn:x y "))
    }
  }

  @Test func `other names of the two variables are used`() async throws {
    try await withFolder { folder in
      let path = folder + "/.env"
      try put("MASKINPORTEN_KID=foreign\nKID=old\n", path)
      let settings = Runbook.Dotenv(path: path, variables: .init(kid: "KID", privateKey: "PEM"))
      let target = DotenvTarget(settings, folder: folder, environment: [:], withheld: [])
      try await target.write(try Signer.pair("new"), replacing: "old")
      let pem = try Signer.pair().pemText()
      #expect(try text(of: path) == "MASKINPORTEN_KID=foreign\nKID=new\nPEM='\(pem)'\n")
      #expect(target.name == "dotenv:" + path)
      #expect(target.capabilities == [.atomicPair, .compareAndSwap, .readBack, .settlesAtOnce])
    }
  }
}
