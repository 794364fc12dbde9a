private import Dispatch
package import RotationCore
private import Synchronization

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Musl)
  private import Musl
#elseif canImport(Darwin)
  private import Darwin
#endif

/// SIGINT, SIGTERM and a closed terminal as a wish to stop. They are caught from the first one who listens on; the last
/// who came and is still there hears them. A second one ends the process at once; the next run then looks before it acts.
package final class StopSignals: Sendable {
  private struct Listener {
    let place: Int
    let stop: StopSignal
    let heard: @Sendable () -> Void
  }

  private static let listeners = Mutex<(all: [Listener], places: Int)>(([], 0))
  private let place: Int

  /// Listens until `release`. `say` tells the operator.
  package convenience init(_ stop: StopSignal, say: @escaping @Sendable (String) -> Void) {
    self.init(stop, heard: { say("stopping after the present effect; once more ends at once") })
  }

  /// `heard` is called on a thread of its own, after `stop` was requested.
  package init(_ stop: StopSignal, heard: @escaping @Sendable () -> Void) {
    place = Self.listeners.withLock { listeners in
      listeners.places += 1
      listeners.all.append(Listener(place: listeners.places, stop: stop, heard: heard))
      return listeners.places
    }
    Self.catchAll()
  }

  /// For the first line of main: no signal is lost from here on, though nobody can act on it yet.
  package static func takeOver() -> StopSignal {
    let stop = StopSignal()
    _ = StopSignals(stop) {}
    return stop
  }

  package func release() {
    Self.listeners.withLock { listeners in listeners.all.removeAll { $0.place == place } }
  }

  private static func catchAll() { _ = sources.withLock(\.count) }

  private static let sources = Mutex<[any DispatchSourceSignal]>(
    [SIGINT, SIGTERM, SIGHUP].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: DispatchQueue(label: "keyturn.signals"))
      source.setEventHandler { hear(number) }
      source.resume()
      return source
    })

  private static func hear(_ number: Int32) {
    guard let listener = listeners.withLock(\.all.last) else {
      signal(number, SIG_DFL)
      raise(number)
      return
    }
    if listener.stop.isRequested { _exit(ExitStatus.midway.rawValue) }
    listener.stop.request()
    listener.heard()
  }
}
