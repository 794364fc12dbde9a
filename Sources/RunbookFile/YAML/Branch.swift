/// One YAML node with what a finding needs: where it stands and what it is called.
struct Branch {
  enum Content {
    /// `isPlain`: written without quotes, so that `true` and `3` are no text.
    case text(String, isPlain: Bool)
    case list([Branch])
    case map([Entry])
    /// Refused already; whoever reads it says nothing more.
    case void
  }

  struct Entry {
    let key: String
    let place: Place
    let value: Branch
  }

  let content: Content
  let place: Place
  /// The place of the key that names it; its own where no key does.
  let heading: Place
  /// `targets[0].path`; empty for the document.
  let path: String

  /// `inner` under this branch's path; a key that could not be printed becomes `?`.
  static func path(_ outer: String, _ inner: String) -> String {
    let shown = Spelling.isPrintableKey(inner) ? inner : "?"
    return outer.isEmpty ? shown : outer + "." + shown
  }
}
