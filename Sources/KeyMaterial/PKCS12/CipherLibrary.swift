internal import COpenSSL

/// A library context of its own with the usual ciphers and, where the host has the module, the legacy ones.
struct CipherLibrary: ~Copyable {
  private let context: OpaquePointer
  private let providers: [OpaquePointer]

  init?() {
    guard let context = OSSL_LIB_CTX_new() else { return nil }
    self.context = context
    providers = ["default", "legacy"].compactMap { (name: String) in OSSL_PROVIDER_load(context, name) }
  }

  borrowing func use<R: ~Copyable>(_ body: (OpaquePointer) throws -> R) rethrows -> R { try body(context) }

  deinit {
    for provider in providers { OSSL_PROVIDER_unload(provider) }
    OSSL_LIB_CTX_free(context)
  }
}
