package import RotationCore

/// The ways in which a PEM private key arrives unusable, most of them an environment variable's doing. Each of them
/// makes `crypto.createPrivateKey` (Node 20, OpenSSL 3) fail with one and the same message; here each has a name and
/// a fix.
package enum PEMShape: String, Sendable, Hashable, CaseIterable {
  case literalNewlines = "literal-newlines"
  case newlinesAsSpaces = "newlines-as-spaces"
  case singleLine = "single-line"
  case surroundingQuotes = "surrounding-quotes"
  case leadingBlank = "leading-blank"
  case indentedLines = "indented-lines"
  case blankLinesBetween = "blank-lines-between"
  case base64OfPEM = "base64-of-pem"
  case firstLineOnly = "first-line-only"
  case certificateOnly = "certificate-only"

  case empty
  case encrypted
  case openSSH = "openssh"
  case publicKeyOnly = "public-key-only"
  case filePath = "file-path"
  case jwk
  case otherLineBreaks = "other-line-breaks"
  case percentEncoded = "percent-encoded"
  case otherContent = "other-content"
  case noArmour = "no-armour"
  case truncated
  case damaged

  /// Names the shape of a text that libcrypto refused. It does not decide whether a text is usable:
  /// `KeyStore.publicKey` does, by the code that signs.
  package static func lint(_ pem: borrowing SecretBytes) -> PEMShape { pem.withBytes { PEMText(bytes: $0).shape } }

  /// What is wrong, as the end of a sentence.
  package var problem: String {
    switch self {
    case .literalNewlines: #"its lines are divided by the two characters \n, not by line breaks"#
    case .newlinesAsSpaces: "its line breaks have become blanks"
    case .singleLine: "its line breaks are gone; all of it stands on one line"
    case .surroundingQuotes: "it stands in quotes that are part of the value"
    case .leadingBlank: "a blank stands before -----BEGIN"
    case .indentedLines: "its lines are indented"
    case .blankLinesBetween: "blank lines stand between its lines"
    case .base64OfPEM: "it is base64 of a PEM, not a PEM"
    case .firstLineOnly: "only its first line is there"
    case .certificateOnly: "it is a certificate without a private key"
    case .empty: "it is empty"
    case .encrypted: "it is encrypted with a passphrase"
    case .openSSH: "it is in OpenSSH's own format"
    case .publicKeyOnly: "it is a public key"
    case .filePath: "it is the path of a file, not what is in it"
    case .jwk: "it is JSON (a JWK?), not a PEM"
    case .otherLineBreaks: "its lines are divided by CR alone, or by U+2028, not by line feeds"
    case .percentEncoded: "its line breaks are percent-encoded (%0A)"
    case .otherContent: "its PEM label names no private key"
    case .noArmour: "it has no -----BEGIN line"
    case .truncated: "its -----END line is missing"
    case .damaged: "what stands between -----BEGIN and -----END is damaged"
    }
  }

  /// What to do about it.
  package var remedy: String {
    switch self {
    case .literalNewlines:
      #"store real line breaks, or let the reader decode \n (double quotes in a .env file that Node or dotenv reads)"#
    case .newlinesAsSpaces, .singleLine:
      "store the key with its line breaks: quote the value where it is set, or store base64 and let the app decode it"
    case .surroundingQuotes: "store the value without quotes; they belong to the .env grammar, not to the key"
    case .leadingBlank: "remove the blank before -----BEGIN"
    case .indentedLines: "remove the blanks in front of each line (in YAML, use a block scalar: |)"
    case .blankLinesBetween: "remove the blank lines (often CRLF was turned into two line breaks)"
    case .base64OfPEM: "decode it before it is used, or store the PEM itself"
    case .firstLineOnly: "quote the value: an unquoted .env value ends at the first line break"
    case .certificateOnly: "give the private key (-----BEGIN PRIVATE KEY-----), not its certificate"
    case .empty: "set it to a PEM private key (PKCS#8 or PKCS#1)"
    case .encrypted: "decrypt it first: openssl pkey -in FILE -out PLAIN, with umask 077"
    case .openSSH: "convert it: ssh-keygen -p -m PKCS8 -f FILE"
    case .publicKeyOnly: "give the private half"
    case .filePath: "set it to the file's content"
    case .jwk: "give the private key as PEM (PKCS#8 or PKCS#1)"
    case .otherLineBreaks: "store the key with line feeds (or CRLF)"
    case .percentEncoded: "decode it before it is stored"
    case .otherContent: "give a PEM private key (PKCS#8 or PKCS#1)"
    case .noArmour: "add the -----BEGIN PRIVATE KEY----- and -----END PRIVATE KEY----- lines"
    case .truncated: "store the whole text, to the end of the -----END line"
    case .damaged: "copy the key again from its source; compare with: openssl pkey -in FILE -check -noout"
    }
  }
}
