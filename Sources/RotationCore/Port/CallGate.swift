/// What each outside call of a target passes on its way out and back. The open one lets everything through; a
/// conformance run's ends the process at one of them.
package protocol CallGate: Sendable {
  func enter() throws
  func leave() throws
  /// How long a call that is a child process may live before it is killed; nil: as long as it may anyway.
  var lifetime: Duration? { get }
}

extension CallGate {
  package var lifetime: Duration? { nil }
}

package struct OpenGate: CallGate {
  package init() {}
  package func enter() throws {}
  package func leave() throws {}
}
