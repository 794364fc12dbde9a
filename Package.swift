// swift-tools-version: 6.2
import PackageDescription

// A room is a target (house rule: it alone may touch one thing). `KEYTURN_ROOMS` narrows a build while a room grows:
// `core` leaves out every room over NIO; a list of names keeps those rooms and what they stand on.

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

struct Room {
  var name: String
  var rooms: [String] = []
  var products: [Target.Dependency] = []
  var testRooms: [String]? = []
  var testProducts: [Target.Dependency] = []
  var resources: [Resource] = []
  var isExecutable = false
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPOSIX = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")

let rooms = [
  Room(name: "Primitives", rooms: ["CExtendedAttributes", "COpenSSL"], testRooms: ["RotationTestSupport"]),
  Room(name: "RotationCore", testRooms: ["RotationTestSupport"]),
  Room(
    name: "KeyMaterial", rooms: ["COpenSSL", "Primitives", "RotationCore"], testRooms: ["RotationTestSupport"]),
  Room(name: "TransparencyLog", rooms: ["Primitives", "RotationCore"], testRooms: ["RotationTestSupport"]),
  Room(name: "RunbookFile", rooms: ["RotationCore"], products: [yams], testRooms: ["RotationTestSupport"]),
  Room(
    name: "Neighbours", rooms: ["Primitives", "RotationCore"],
    products: [httpClient, nioCore, nioHTTP, nioSSL, subprocess, systemPackage, logging],
    testRooms: ["KeyMaterial", "RotationTestSupport"], testProducts: [hummingbird, httpTypes]),
  Room(
    name: "HTTPListening", products: [hummingbirdCore, serviceLifecycle, nioCore, nioPOSIX, logging], testRooms: nil),
  Room(
    name: "RotationStore", rooms: ["Primitives", "RotationCore"], products: [grdb, sqlite],
    testRooms: ["RotationTestSupport"]),
  Room(
    name: "Simulator", rooms: ["HTTPListening", "KeyMaterial", "Primitives", "RotationCore"],
    products: [hummingbird, hummingbirdCore, nioCore, httpTypes, logging],
    testRooms: ["RotationTestSupport"], testProducts: [httpClient, nioHTTP]),
  Room(
    name: "ControlServer", rooms: ["HTTPListening", "Primitives", "RotationCore"],
    products: [hummingbird, hummingbirdCore, nioCore, nioPOSIX, httpTypes, logging],
    testRooms: ["RotationTestSupport", "TransparencyLog"], testProducts: [httpClient, nioHTTP],
    resources: [.embedInCode("OpenAPI/openapi.yaml")]),
  Room(
    name: "KeyturnCLI",
    rooms: [
      "ControlServer", "KeyMaterial", "Neighbours", "Primitives", "RotationCore", "RotationStore", "RunbookFile",
      "Simulator",
      "TransparencyLog",
    ],
    products: [argumentParser, logging], testRooms: ["RotationTestSupport"], testProducts: [subprocess]),
  Room(name: "keyturn", rooms: ["KeyturnCLI"], testRooms: nil, isExecutable: true),
  Room(
    name: "keyturn-bench",
    rooms: ["CBaseline", "KeyMaterial", "Primitives", "RotationCore", "RotationStore", "TransparencyLog"],
    testRooms: nil, isExecutable: true),
]

let roomsOverNIO: Set = ["Neighbours", "HTTPListening", "Simulator", "ControlServer", "KeyturnCLI", "keyturn"]

func chosen() -> [Room] {
  guard let choice = Context.environment["KEYTURN_ROOMS"], !choice.isEmpty else { return rooms }
  if choice == "core" { return rooms.filter { !roomsOverNIO.contains($0.name) } }
  var names = Set(choice.split(separator: ",").map(String.init))
  for room in rooms.reversed() where names.contains(room.name) { names.formUnion(room.rooms) }
  for room in rooms where names.contains(room.name) { names.formUnion(room.testRooms ?? []) }
  for room in rooms.reversed() where names.contains(room.name) { names.formUnion(room.rooms) }
  return rooms.filter { names.contains($0.name) }
}

func targets(for room: Room) -> [Target] {
  let dependencies = room.rooms.map { Target.Dependency.target(name: $0) } + room.products
  if room.isExecutable {
    return [.executableTarget(name: room.name, dependencies: dependencies, swiftSettings: settings)]
  }
  let source = Target.target(
    name: room.name, dependencies: dependencies, resources: room.resources, swiftSettings: settings)
  guard let testRooms = room.testRooms else { return [source] }
  let tested = Set([room.name] + room.rooms + testRooms).sorted().map { Target.Dependency.target(name: $0) }
  let test = Target.testTarget(
    name: room.name + "Tests", dependencies: tested + room.products + room.testProducts, swiftSettings: settings)
  return [source, test]
}

let package = Package(
  name: "keyturn",
  platforms: [.macOS(.v15)],
  products: [],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
  ],
  targets: [
    .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
    .systemLibrary(name: "CExtendedAttributes"),
    .target(name: "CBaseline", linkerSettings: [.linkedLibrary("sqlite3")]),
  ] + chosen().flatMap(targets)
    + [
      .target(
        name: "RotationTestSupport", dependencies: ["RotationCore"], path: "Tests/RotationTestSupport",
        swiftSettings: settings),
      .testTarget(
        name: "ExplorerTests", dependencies: ["RotationCore", "RotationTestSupport"], swiftSettings: settings),
      .testTarget(name: "HouseTests", swiftSettings: settings),
    ]
    + (chosen().contains { $0.name == "keyturn" }
      ? [
        .testTarget(
          name: "EndToEndTests",
          dependencies: ["keyturn", "Primitives", "RotationTestSupport", hummingbird, httpTypes, logging, nioCore],
          swiftSettings: settings)
      ] : [])
)
