/// The form that a value must have: reads it from a branch, or records what is wrong and answers nil.
struct Form<Value> {
  let read: (Branch, Reading) -> Value?

  func map<Other>(_ make: @escaping (Value) -> Other) -> Form<Other> {
    Form<Other> { branch, reading in read(branch, reading).map(make) }
  }

  /// The same form with one more claim; `claim` completes "`key` …".
  func that(_ claim: String, _ holds: @escaping (Value) -> Bool) -> Form {
    Form { branch, reading in
      guard let value = read(branch, reading) else { return nil }
      return holds(value) ? value : reading.refuse(branch, claim)
    }
  }
}

extension Form {
  /// Every item in the same form; nil when one is not.
  static func list<Item>(of item: Form<Item>, atLeast least: Int = 1) -> Form where Value == [Item] {
    Form { branch, reading in
      guard case .list(let branches) = branch.content else { return reading.refuse(branch, "must be a list") }
      guard branches.count >= least else { return reading.refuse(branch, "must not be empty") }
      let items = branches.map { item.read($0, reading) }
      let values = items.compactMap { $0 }
      return values.count == items.count ? values : nil
    }
  }

  /// A list in which nothing stands twice.
  static func distinct<Item: Hashable>(_ item: Form<Item>) -> Form where Value == [Item] {
    list(of: item).that("names something twice") { Set($0).count == $0.count }
  }

  /// A mapping with the members of `Key`.
  static func members<Key: Member>(_: Key.Type, _ make: @escaping (MappingReader<Key>) -> Value?) -> Form {
    Form { branch, reading in MappingReader(branch, reading).flatMap(make) }
  }
}
