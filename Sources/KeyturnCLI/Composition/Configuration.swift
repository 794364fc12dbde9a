package import KeyMaterial
package import RotationCore

/// What this process was started with and stands on. Captured once, in main; nothing else reads the environment, the
/// clock or the terminal. A rehearsal and a test make their own.
package struct Configuration: Sendable {
  package var environment: [String: String]
  /// The login name and host that sign the record when the operator gives no name.
  package var userAtHost: String
  package var host: String
  package var process: Int32
  /// Absolute: what relative paths of the command line are relative to.
  package var folder: String
  package var streams: Streams
  package var clock: any WallClock
  package var stop: StopSignal
  /// How private keys are sealed from now on; what is sealed already opens by its own scheme.
  package var sealing: SealingScheme
  package let signals = Signals()

  package init(
    environment: [String: String], userAtHost: String, host: String, process: Int32, folder: String, streams: Streams,
    clock: any WallClock = SystemClock(), stop: StopSignal = StopSignal(), sealing: SealingScheme = .scrypt
  ) {
    self.environment = environment
    self.userAtHost = userAtHost
    self.host = host
    self.process = process
    self.folder = folder
    self.streams = streams
    self.clock = clock
    self.stop = stop
    self.sealing = sealing
  }

  /// A variable that is set to something.
  package func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }

  /// `path` as the operator gave it, made absolute.
  package func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : folder + (folder.hasSuffix("/") ? "" : "/") + path
  }
}
