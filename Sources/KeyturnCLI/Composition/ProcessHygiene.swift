#if canImport(Glibc)
  private import Glibc
#elseif canImport(Musl)
  private import Musl
#elseif canImport(Darwin)
  private import Darwin
#endif

/// What a process that will hold private keys does before anything else.
package enum ProcessHygiene {
  /// No core dump, no reading of its memory by other processes of the user, no file that others can read, and no end by
  /// a reader of the output that went away.
  package static func apply() {
    var none = rlimit(rlim_cur: 0, rlim_max: 0)
    #if canImport(Glibc)
      setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    #else
      setrlimit(RLIMIT_CORE, &none)
    #endif
    forbidDumping()
    returnLargeBlocks()
    umask(0o077)
    signal(SIGPIPE, SIG_IGN)
  }

  /// The 16 MiB of each key derivation go back to the system when it ends; left alone, glibc keeps the second and all
  /// later ones in an arena of each thread.
  private static func returnLargeBlocks() {
    #if canImport(Glibc)
      let mmapThreshold: Int32 = -3  // <malloc.h>, which not every Glibc module has
      typealias Mallopt = @convention(c) (Int32, Int32) -> Int32
      guard let symbol = dlsym(nil, "mallopt") else { return }
      _ = unsafeBitCast(symbol, to: Mallopt.self)(mmapThreshold, 1 << 20)
    #endif
  }

  /// `prctl(PR_SET_DUMPABLE, 0)`. Swift does not import variadic functions; with integer arguments alone its calling
  /// convention is that of a plain one on x86-64 and arm64 Linux.
  private static func forbidDumping() {
    #if os(Linux)
      let prSetDumpable: Int32 = 4  // <sys/prctl.h>
      typealias Prctl = @convention(c) (Int32, UInt, UInt, UInt, UInt) -> Int32
      guard let symbol = dlsym(nil, "prctl") else { return }
      _ = unsafeBitCast(symbol, to: Prctl.self)(prSetDumpable, 0, 0, 0, 0)
    #endif
  }
}
