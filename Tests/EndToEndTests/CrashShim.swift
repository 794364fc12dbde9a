import Foundation
import Testing

/// `Scripts/crash-points.c` as a library to preload: no hook is compiled into the program under test.
struct CrashShim {
  let library: String

  /// Nil where there is no C compiler or no preloading (anything but Linux); with `CI=true` that is a failure.
  static let built: CrashShim? = {
    #if os(Linux)
      let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Scripts/crash-points.c")
      let library = FileManager.default.temporaryDirectory.appending(path: "keyturn-crash-\(UUID().uuidString).so").path
      let compiler = Process()
      compiler.executableURL = URL(filePath: "/usr/bin/env")
      compiler.arguments = ["cc", "-shared", "-fPIC", "-O1", "-o", library, source.path, "-ldl"]
      guard (try? compiler.run()) != nil else { return nil }
      compiler.waitUntilExit()
      return compiler.terminationStatus == 0 ? CrashShim(library: library) : nil
    #else
      return nil
    #endif
  }()

  /// The shim, or nil with a word why the test says nothing here.
  static func required() -> CrashShim? {
    if let built { return built }
    skip("crash points need Linux and a C compiler (apt-get install gcc)")
    return nil
  }

  enum Plan {
    /// The process ends at this point, from 1.
    case crash(at: Int)
    /// The process ends when it passes a point of this name for the so-manieth time.
    case crashAfter(String, times: Int)
    /// This flush of the store fails, from 1.
    case failFlush(Int)
    case count
  }

  /// What a program needs in its environment for `plan`; it writes the points that it passes to `log`.
  func environment(_ plan: Plan, store: URL, log: URL) -> [String: String] {
    var environment = ["LD_PRELOAD": library, "CRASH_STATE": store.path, "CRASH_LOG": log.path]
    switch plan {
    case .crash(let number): environment["CRASH_AT"] = "\(number)"
    case .crashAfter(let name, let times): environment.merge(["CRASH_ON": name, "CRASH_AT": "\(times)"]) { $1 }
    case .failFlush(let number): environment["FAIL_FLUSH"] = "\(number)"
    case .count: break
    }
    return environment
  }
}
