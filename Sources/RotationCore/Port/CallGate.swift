/// What each outside call of a target passes on its way out and back. The open one lets everything through; a
/// conformance run's ends the process at one of them.
package protocol CallGate: Sendable {
  func enter() throws
  func leave() throws
}

package struct OpenGate: CallGate {
  package init() {}
  package func enter() throws {}
  package func leave() throws {}
}
