internal import RotationCore

extension Form where Value == String {
  /// An absolute URL. `http://` only for loopback addresses in `environment: custom`; an environment that is not known
  /// (a finding already) is taken for custom.
  static func url(in environment: Runbook.Environment?, takesQuery: Bool = true) -> Form {
    Form { branch, reading in
      guard let text = Form.text.read(branch, reading) else { return nil }
      do throws(WebAddress.Problem) {
        let address = try WebAddress(text)
        if address.hasQuery, !takesQuery { return reading.refuse(branch, "must not have a query (`?`)") }
        if address.isHTTPS || address.isLoopback && environment ?? .custom == .custom { return text }
        return reading.refuse(
          branch, "must be an https URL; http is only for loopback addresses in `environment: custom`")
      } catch {
        return reading.refuse(branch, error.rawValue)
      }
    }
  }

  /// The base of an API: a URL without a query, taken without its trailing slash.
  static func base(in environment: Runbook.Environment?) -> Form {
    url(in: environment, takesQuery: false).map { String($0.trimmingSuffix { $0 == "/" }) }
  }

  /// A file's path, absolute and without `.` and `..`; relative ones start at the runbook's folder.
  static var file: Form {
    Form { branch, reading in
      guard let text = Form.line.read(branch, reading) else { return nil }
      guard !text.hasSuffix("/") else { return reading.refuse(branch, "must name a file, not a folder") }
      return FilePath.absolute(text, in: reading.folder)
    }
  }
}

extension Form where Value == [String] {
  /// A program and its arguments, as a list. A program with a `/` in its relative path starts at the runbook's folder;
  /// one without is looked up in PATH.
  static var argv: Form {
    Form { branch, reading in
      guard case .list(let items) = branch.content else {
        return reading.refuse(branch, "must be a list: a program and its arguments, no shell line")
      }
      guard let first = items.first else { return reading.refuse(branch, "must not be empty") }
      let program = Form<String>.line.read(first, reading)
      let arguments = items.dropFirst().map { Form<String>.anyText.read($0, reading) }
      guard let program, !arguments.contains(nil) else { return nil }
      let path = program.contains("/") ? FilePath.absolute(program, in: reading.folder) : program
      return [path] + arguments.compactMap { $0 }
    }
  }
}

extension String {
  fileprivate func trimmingSuffix(while holds: (Character) -> Bool) -> Substring {
    var rest = self[...]
    while let last = rest.last, holds(last) { rest.removeLast() }
    return rest
  }
}
