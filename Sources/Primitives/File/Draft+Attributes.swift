#if os(Linux)
  internal import CExtendedAttributes
#endif
#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

extension Draft {
  /// The extended attributes of `old`, its access list (ACL) among them: who may read that file may read this one. To be
  /// called after `take`, whose mode the list then agrees with. A label that the kernel gives by itself (`security.`) stays
  /// as it is where this process may not set it. On Linux alone.
  package borrowing func takeAttributes(of old: borrowing OwnedDescriptor) throws(SystemError) {
    #if os(Linux)
      for name in try old.attributeNames() {
        let value = try old.attribute(name)
        let result = fsetxattr(file.number, name, value, value.count, 0)
        guard result == 0 || name.hasPrefix("security.") else { throw SystemError(number: errno) }
      }
    #endif
  }
}

#if os(Linux)
  extension OwnedDescriptor {
    /// None where the file system has none.
    fileprivate borrowing func attributeNames() throws(SystemError) -> [String] {
      let size = flistxattr(number, nil, 0)
      if size == 0 || size < 0 && errno == ENOTSUP { return [] }
      guard size > 0 else { throw SystemError(number: errno) }
      var names = [CChar](repeating: 0, count: size)
      let got = flistxattr(number, &names, size)
      guard got >= 0 else { throw SystemError(number: errno) }
      return names.prefix(got).split(separator: 0).map { name in
        String(decoding: name.map(UInt8.init(bitPattern:)), as: UTF8.self)
      }
    }

    fileprivate borrowing func attribute(_ name: String) throws(SystemError) -> [UInt8] {
      let size = fgetxattr(number, name, nil, 0)
      guard size >= 0 else { throw SystemError(number: errno) }
      var value = [UInt8](repeating: 0, count: size)
      let got = fgetxattr(number, name, &value, size)
      guard got == size else { throw SystemError(number: got < 0 ? errno : EAGAIN) }
      return value
    }
  }
#endif
