import OctopusRecords

/// Where a record stands: among a lock's, a semaphore's or a barrier's members, or as a semaphore.
///
/// A member is named `<name>_<number>` and says whose it is: `print_3 { lock: 'print' }`.
struct Place: Hashable {
  struct Group: Hashable {
    let kind: Kind
    let name: [UInt8]
  }

  enum Kind: UInt8, CaseIterable {
    case barrier, lock, semaphore

    /// The attribute that names the group. In the order of the cases.
    var attribute: StaticString {
      switch self {
      case .barrier: "barrier"
      case .lock: "lock"
      case .semaphore: "semaphore"
      }
    }
  }

  let group: Group
  /// Of a member; nil: this is the semaphore itself.
  let number: Int64?

  /// Nil for all other records.
  init?(_ record: Record) {
    let place: Place? = record.withContents { contents in
      Self.find(contents) { kind, name, number in
        Place(Group(kind: kind, name: Array(name)), number)
      }
    }
    guard let place else { return nil }
    self = place
  }

  /// Whether a record stands somewhere.
  static func isThere(_ record: Record) -> Bool {
    record.withContents { find($0) { _, _, _ in } != nil }
  }

  /// Whether a record stands here.
  func isOf(_ record: Record) -> Bool {
    record.withContents { contents in
      Self.find(contents) { kind, name, number in
        kind == group.kind && number == self.number
          && group.name.withUnsafeBufferPointer { compareBytes($0, name) == 0 }
      } ?? false
    }
  }

  private static func find<Result>(
    _ contents: RecordContents, _ body: (Kind, _ name: Bytes, _ number: Int64?) -> Result
  ) -> Result? {
    // Most records have none of these attributes, and their names are not looked at.
    for kind in Kind.allCases {
      guard let index = contents.index(of: kind.attribute.bytes) else { continue }
      if let (stem, number) = split(contents.name), contents.isText(stem, index) {
        return body(kind, stem, number)
      }
      if kind == .semaphore, contents.isText(contents.name, index) {
        return body(kind, contents.name, nil)
      }
    }
    return nil
  }

  init(_ group: Group, _ number: Int64?) {
    self.group = group
    self.number = number
  }

  /// `print_3` as `print` and 3.
  private static func split(_ name: Bytes) -> (stem: Bytes, number: Int64)? {
    var start = name.count
    while start > 0, name[start - 1] &- UInt8(ascii: "0") < 10 { start -= 1 }
    // More digits than this no counter reaches.
    guard start > 1, name.count - start <= 18, start < name.count,
      name[start - 1] == UInt8(ascii: "_")
    else { return nil }
    let number = name[start...].reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    return (Bytes(rebasing: name[..<(start - 1)]), number)
  }
}

extension Place.Group {
  /// What the members' numbers are counted under.
  var stem: [UInt8] {
    var stem: [UInt8] = []
    stem.reserveCapacity(name.count + 1)
    stem.append(contentsOf: name)
    stem.append(UInt8(ascii: "_"))
    return stem
  }

  /// A record of this name that stands here.
  ///
  /// - Parameter attributes: more of them, sorted, behind or before the group's own.
  func record(
    named recordName: [UInt8], before: [(StaticString, Int64)] = [],
    after: [(StaticString, ValueView)] = []
  ) throws(Failure) -> Record {
    do throws(SyntaxError) {
      guard recordName.count <= Limits.nameBytes else {
        throw SyntaxError("a name longer than it may be", at: 0, reason: .tooLong)
      }
      return try recordName.withUnsafeBufferPointer { (recordName) throws(SyntaxError) in
        try name.withUnsafeBufferPointer { (name) throws(SyntaxError) in
          try RecordBuilder.build(name: recordName) { builder in
            for (key, number) in before { builder.append(key.bytes, .integer(number)) }
            builder.append(kind.attribute.bytes, .string(name))
            for (key, value) in after { builder.append(key.bytes, value) }
          }
        }
      }
    } catch { throw Failure(error) }
  }
}

extension StaticString {
  /// They live as long as the program.
  var bytes: Bytes { Bytes(start: utf8Start, count: utf8CodeUnitCount) }
}

extension RecordContents {
  /// Whether an attribute is this text.
  fileprivate func isText(_ text: Bytes, _ index: Int) -> Bool {
    withValue(index) { $0.text.map { compareBytes($0, text) == 0 } ?? false }
  }

  func isText(_ text: Bytes, of key: StaticString) -> Bool {
    index(of: key.bytes).map { isText(text, $0) } ?? false
  }
}

extension Record {
  /// A number that the engine itself has written.
  func integer(of key: StaticString) -> Int64 {
    withContents { contents in
      guard let index = contents.index(of: key.bytes) else { return 0 }
      return contents.withValue(index) { if case .integer(let value) = $0 { value } else { 0 } }
    }
  }
}
