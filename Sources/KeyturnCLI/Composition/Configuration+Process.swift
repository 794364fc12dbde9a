private import Foundation
package import RotationCore

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Musl)
  private import Musl
#elseif canImport(Darwin)
  private import Darwin
#endif

extension Configuration {
  /// The real process: the one place that reads its environment. `stop` is what its signals ask for.
  package static func captured(stop: StopSignal) -> Configuration {
    let process = ProcessInfo.processInfo
    let environment = process.environment
    var name = [CChar](repeating: 0, count: 256)
    let host =
      gethostname(&name, name.count - 1) == 0
      ? String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) : "localhost"
    let user = getpwuid(getuid()).flatMap { String(validatingCString: $0.pointee.pw_name) } ?? environment["USER"]
    return Configuration(
      environment: environment, userAtHost: "\(user ?? "uid \(getuid())")@\(host)", host: host,
      process: process.processIdentifier, folder: FileManager.default.currentDirectoryPath, streams: .process,
      stop: stop)
  }
}
