import Foundation
import Primitives
import RotationCore
import Testing

@testable import Simulator

/// Signatures that only somebody with the private half could craft, or anybody at all: none but the one whole encoding
/// of RFC 8017 section 9.2 is taken. The key that made them is gone.
struct CraftedSignatureTests {
  private static let kid = KeyID("crafted")
  private static let modulus = """
    u9esN44TfZAH0zeZmkmKymQdA7WRDj9u8-Nl6AF7rc8QxRWqspVfmMZOc4efLWbkzgZ5NUXI6ndmd9tzh0XLd-I58Vmxb1CMWi94\
    mu2dLPbzDqEYWrHT6aDdqLf6whQN1Rv9dGNBG4aDEXzZRSw32vzyVMgVSAWLksVU-w2--5ZXJu6oYOj7URxA_Ks4Qo8Nb4TGFPts\
    Hv5dcQCff3sge58SrPwtOUXr7P5ir-dxDPMgRgdP8BHoILHatgttufbDkbiT9QMdxHVqSH74sdZM-mqRbuylhlDeFp7aE1MrZ6TT\
    segyUA4IRjnQ0cDI3-U1uGyw_o5TNlcXNIJML-4RPQ
    """
  private static let signingInput = """
    eyJhbGciOiJSUzI1NiIsImtpZCI6ImNyYWZ0ZWQifQ.eyJhdWQiOiJodHRwOi8vMTI3LjAuMC4xLyIsImV4cCI6MTc5NTAwMDEyM\
    CwiaWF0IjoxNzk1MDAwMDAwLCJpc3MiOiJjbGllbnQtMSIsImp0aSI6ImNyYWZ0ZWQiLCJzY29wZSI6ImFsdGlubjpzZXJ2aWNlb\
    3duZXIvaW5zdGFuY2VzLnJlYWQifQ
    """
  private static let good = """
    ItkU_yXyD4uwLHopCQuLnUYvA4f_fqjhRyFgOjnEIp4hEogzrsskDkrlCGglTYb5iHjxG-vYUx7BXMUOXcR8p9Lnwh8c9c2VzvrJ\
    Ramt4NW6j_N8U-skr2oNzcNwEFQCSnEie8t86Ea4MDMtxKjOtyHESsCFBFPLS_ATnZGVmZU7w8alqw73_JtNi4y-te8bAsvmj8Vg\
    zIRAyDQtAUo2nzoF5oHIJKJCvkzwVlE2CQZSvRXNbPZhVKYn6_rj93xZ4T7jEvlzpPSpraJsFaKb0fnaMMZPPRXZ33ELQslwx6cl\
    N3qhWnRJ50Q8IFyhfBnB3L7M_QgbPzwGcGGbve-MJw
    """

  /// A signature, by what is wrong with it.
  private static let crafted: [(flaw: String, signature: String)] = [
    (
      "its DigestInfo has no NULL",
      """
      gIYFJVAO0saWLMrKskf789OZe9Hou9Z5F73PUXWWIoM4AeUk55gPHSbEjWeotZig2k5YCi8fNcFM3JYpgzYjKmjnhzetJAX3_Jt3\
      4caPV4d3LZiKlpLKC4yLF7685GRPxWT7HugCpKi7o3PYg3v_MkQruAXZbA2U-jw4MODoRS5KqhBvu1AQorOHJKRY4BGbQXgba-IB\
      9ZaQOs001y-HjLH7sOTxievL0LrYgMt4jW1JnhOIMcoLJau19OAySgTPIzf2OThD1oyKAQ9EiDBbLS2h78vlOI1_G89kmbJzoeyh\
      MpM1-JzlX2apRm_tG1Q-ILOBxbYCsmpSr87NcN4AQA
      """
    ),
    (
      "its DigestInfo names SHA-512",
      """
      CUfFsOcJlkwcPgNYKkzRkgF7BEllvETYDmpRoSjxtHGEP0f4D1bAPQWNqb2RBDS95gimql9WLdVsuDrgS9Sc6Pw2VyiqPMwrMRwe\
      bOhBfBCTpGK9fRyPL7eB6HhrERl8OoGnoK19G_urKhHihxrwSos0UNECpOSlQbvOh6_lOxVdpuleWrU6szLPd89s3x6Y4lvYxP4E\
      SfBlLvpkwCEh8QWQunST1_GAu4EhACnZrNlsCA8xT-5428EQsFYfxibkBw2uXGWfTopQsexTGsJ4R67uzDZMUN4Iw4-KDZzuc0Uu\
      CfiT8_5-hNFpqNDNfdqI5YUo2VQCFHGz-TI26QO6CA
      """
    ),
    (
      "bytes trail the DigestInfo",
      """
      PJMzpmOKgVSEz-a9bGAZ8ZCPKTyB1fesqOVmBF-W51_AA7IxvKMK3d4BZ-C_dLCXJt4U9ZGeDKbFo11HOkhsKdDQH7nhvWLWTgQo\
      CQAUExfRjRubxQoXv1YxTrlZgFl1XEutiN3Em4E9NCevgV8a3BWdfI7BzN4MmbR8W6ZqAinlPq7gOTENwgmEH8K2gjcPaRbCRYf7\
      t3915aNQSYrjRNEQb7V7VsKvpLsr_Jc0xmtcWTjFgLnTmeGzd2gEEOMa_hdy_Zt81HmBEr7uIj_LSBvATvlgvMNSiN8OGtOHpaS7\
      bbxPnEV0yG-IHfi5PsHgacqSIhQsFy94lYc1qeD90w
      """
    ),
    (
      "its padding is short, and bytes trail the DigestInfo (Bleichenbacher 2006)",
      """
      tiJB3I8yUyoDMbpEvxOzKISuBoinFslWCstL_fmx_9liMvobwK3AItB9JiG20nYkuO8FZdMx4VDG2JyH_kBjwkNnWDeLQwk2a52G\
      rnsxjPT72xVcbj4RGrzX7HSqxL9Tzzyw8P_m0jUbdCwcSxz2BARZn0bUqg4Y5RJ2BNOiFxWHyg8tJ-eELrGh0WFvbhXOv_TMsynO\
      Jlfd-LzynYRlNlN_2RXWEgCZTIZo35wvUKwrBm7BAhn81nlrcEhIjhqNVlo3oV5AV4lIZ5MxMnjBhL_yBlalV__D5RhSx4DKT6D7\
      Cex66dvSuXUk3D3EP-sSABnjrXOC0KUSXQSvAXXK5w
      """
    ),
    (
      "the modulus was added to it",
      """
      3rDBNrQFjRu3_7HCo1UWZ6pMBz2QjOhQOwTGIjs_0G0x153eYWCDpxEze-_Eeu3eVn9qUTGhPZYn1KCB5QpIH7Uhs3jOZR4iKSpB\
      4JdLDcytnpSUrpz4mQrrdntq0mgQH40f8C6-A807QbAHCdUGkh62n4iaTFlW3rVomJ9UlSuS6rVOC_fzTbeOiDf2-H4oclCspMDM\
      64KeOTTMgMVXGtkYk331Xeguq0tTBjinFflzAx0dXQhJdVgCogZRsXMdcvd3B_yRaWoT9iFkx3jozGRrn7L0w2a39g_lVhycL0v4\
      6WLTqoJSLX4M8h1qW_73lSt9-5ZudZMdpOPn7d2dZA
      """
    ),
    ("it is 0", Base64URL.encode(Data(count: 256))),
    ("it is 1", Base64URL.encode(Data(count: 255) + [1])),
    ("it is the modulus less 1", lessOne),
    ("it is the modulus", modulus),
  ]

  /// An odd number's last byte, less 1.
  private static var lessOne: String {
    guard var bytes = Base64URL.decode(modulus), let last = bytes.indices.last else { return "" }
    bytes[last] -= 1
    return Base64URL.encode(bytes)
  }

  private func answer(to signature: String) throws -> SimulatedAnswer {
    let key: [String: JSONValue] = [
      "kty": "RSA", "alg": "RS256", "use": "sig", "kid": .string(Self.kid.rawValue), "e": "AQAB",
      "n": .string(Self.modulus),
    ]
    return try Fixture(keys: [PortalKey(members: key)]).token(Self.signingInput + "." + signature)
  }

  @Test func `the one whole encoding is taken`() throws {
    #expect(try answer(to: Self.good).status == 200)
  }

  @Test(arguments: crafted) func `a crafted signature is refused`(flaw: String, signature: String) throws {
    let answer = try answer(to: signature)
    #expect(answer.status == 400 && answer.code == "MP-124", "\(flaw): \(answer.status)")
  }
}
