internal import COpenSSL
internal import Foundation

/// One of libcrypto's integers, wiped with its last holder.
final class BigNumber {
  private let number: OpaquePointer

  private init(owning number: OpaquePointer) { self.number = number }

  /// The number that `key` has under an `OSSL_PKEY_PARAM_…` name; nil where it has none.
  convenience init?(_ name: String, of key: PrivateKey) {
    var number: OpaquePointer?
    guard key.use({ EVP_PKEY_get_bn_param($0, name, &number) }) == 1, let number else { return nil }
    self.init(owning: number)
  }

  deinit { BN_clear_free(number) }

  /// Big-endian, without a leading zero byte.
  var bytes: Data {
    var bytes = Data(count: (Int(BN_num_bits(number)) + 7) / 8)
    _ = bytes.withUnsafeMutableBytes { BN_bn2bin(number, $0.bindMemory(to: UInt8.self).baseAddress) }
    return bytes
  }

  /// The number below this one.
  var predecessor: BigNumber? {
    guard let result = BN_dup(number) else { return nil }
    let predecessor = BigNumber(owning: result)
    return BN_sub_word(result, 1) == 1 ? predecessor : nil
  }

  /// Whether this is the product of two numbers.
  func isProduct(of left: BigNumber, _ right: BigNumber) -> Bool {
    compute { BN_mul($0, left.number, right.number, $1) }.map { BN_cmp($0.number, number) == 0 } ?? false
  }

  /// Whether this times `other` leaves 1 modulo `modulus`.
  func isInverse(of other: BigNumber, modulo modulus: BigNumber?) -> Bool {
    guard let modulus, BN_is_zero(modulus.number) == 0 else { return false }
    return compute { BN_mod_mul($0, number, other.number, modulus.number, $1) }.map { BN_is_one($0.number) == 1 }
      ?? false
  }

  private func compute(_ operation: (_ result: OpaquePointer, _ scratch: OpaquePointer) -> Int32) -> BigNumber? {
    guard let scratch = BN_CTX_secure_new() else { return nil }
    defer { BN_CTX_free(scratch) }
    guard let result = BN_secure_new() else { return nil }
    let outcome = BigNumber(owning: result)
    return operation(result, scratch) == 1 ? outcome : nil
  }
}
