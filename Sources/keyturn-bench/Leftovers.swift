import Dispatch
import Foundation
import Primitives
import Synchronization

/// The processes and folders that this run made; at its end, whichever way it comes, they are gone.
enum Leftovers {
  private struct State {
    var children: Set<pid_t> = []
    var folders: [TemporaryFolder] = []
  }

  private static let state = Mutex(State())

  static func began(_ child: pid_t) { state.withLock { _ = $0.children.insert(child) } }

  /// Takes note that `child` was reaped; from then on its number may be another's.
  static func ended(_ child: pid_t) { state.withLock { _ = $0.children.remove(child) } }

  /// Sends a signal unless the child was reaped already.
  static func signal(_ child: pid_t, _ number: Int32) {
    state.withLock { if $0.children.contains(child) { _ = kill(child, number) } }
  }

  /// A new folder (0700) under `parent`.
  static func folder(in parent: String) throws -> String {
    let parent = parent.hasSuffix("/") ? String(parent.dropLast()) : parent
    let folder: TemporaryFolder
    do { folder = try TemporaryFolder(named: "keyturn-bench", in: parent) } catch {
      throw Trouble("no folder can be made in \(parent)")
    }
    state.withLock { $0.folders.append(folder) }
    return folder.path
  }

  static func clear() {
    state.withLock { state in
      for child in state.children { kill(child, SIGKILL) }
      for folder in state.folders { folder.remove() }
      state.folders = []
    }
  }

  /// SIGINT and SIGTERM clear up before they end the process, for as long as the result is held.
  static func clearOnSignals() -> [any DispatchSourceSignal] {
    [SIGINT, SIGTERM].map { number in
      Foundation.signal(number, SIG_IGN)
      let watch = DispatchSource.makeSignalSource(signal: number, queue: .global())
      watch.setEventHandler {
        clear()
        exit(128 + number)
      }
      watch.resume()
      return watch
    }
  }
}
