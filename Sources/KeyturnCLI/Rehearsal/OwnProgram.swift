internal import Foundation

/// This very program, for children that are to run it again.
enum OwnProgram {
  static var path: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
  }

  /// The argv that posts to `url` and ends well when the answer is 200: a `reload` that needs no other program.
  @Sendable static func post(to url: String) -> [String] { [path, "simulate", "--reload", url] }
}
