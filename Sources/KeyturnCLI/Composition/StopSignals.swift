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

/// SIGINT, SIGTERM and a closed terminal ask the engine to stop: the effect that is out is finished first. A second one
/// ends the process at once; the next run then looks before it acts.
package final class StopSignals: Sendable {
  private let sources: Mutex<[any DispatchSourceSignal]>

  /// Takes the signals over until `release`.
  package init(_ stop: StopSignal, say: @escaping @Sendable (String) -> Void) {
    let queue = DispatchQueue(label: "keyturn.signals")
    let made = [SIGINT, SIGTERM, SIGHUP].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        if stop.isRequested { _exit(ExitStatus.midway.rawValue) }
        say("stopping after the present effect; once more ends at once")
        stop.request()
      }
      source.resume()
      return source
    }
    sources = Mutex(made)
  }

  package func release() {
    sources.withLock { sources in
      for source in sources { source.cancel() }
      sources = []
    }
    for number in [SIGINT, SIGTERM, SIGHUP] { signal(number, SIG_DFL) }
  }
}
