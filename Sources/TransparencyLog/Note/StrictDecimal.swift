extension Int {
  /// ASCII decimal without sign or leading zero; nil for any other spelling.
  init?(strictDecimal text: some StringProtocol) {
    guard let value = Int(String(text)), value >= 0, String(value).utf8.elementsEqual(text.utf8) else { return nil }
    self = value
  }
}
