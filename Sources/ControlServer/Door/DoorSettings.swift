package import RotationCore

/// What a door is given. It cannot write: `view` has nothing that does.
package struct DoorSettings: Sendable {
  package var version: String
  /// Of this process' environment, which does not change while it runs.
  package var readiness: Readiness
  /// `INTERNAL_API_SECRET`; nil where there is no usable one, and then every route that asks for it answers 401.
  package var secret: SecretString?
  package var view: any StateView
  package var clock: any WallClock

  package init(
    version: String, readiness: Readiness, secret: SecretString?, view: any StateView, clock: any WallClock
  ) {
    self.version = version
    self.readiness = readiness
    self.secret = secret
    self.view = view
    self.clock = clock
  }
}
